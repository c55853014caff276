export interface ModelViewOptions {
  /** EXIF orientation 1–8 of a photo (index into `model.images`); 1 where not given. */
  readonly orientation?: (image: number) => number
  /** URL of a photo's picture in its stored orientation. */
  readonly picture?: (image: number) => string | undefined
  /** Size of a dot; by default from the number of points. */
  readonly pointSize?: number
  /** What a screen reader says of the canvas. */
  readonly label?: string
}

/** −1 stands for none in all of them. */
export interface ModelViewEvents {
  /** A photo was selected or deselected, by the person or by `select`. */
  select: number
  /** A point was selected or deselected. */
  point: number
  /** The pointer is over a photo's pyramid. */
  hover: { image: number; x: number; y: number }
  /** The view now looks through a photo's camera, or is free again. */
  through: number
}

/** A view of one model. It frees what it holds when its container leaves the document. */
export interface ModelView {
  readonly canvas: HTMLCanvasElement
  readonly selectedImage: number
  readonly pointSize: number
  /** Selects a photo (index into `model.images`) and marks its points; −1 selects none. */
  select(image: number): void
  /** Selects a point and draws lines to the cameras that see it; −1 selects none. */
  selectPoint(point: number): void
  setPointSize(size: number): void
  setCamerasVisible(visible: boolean): void
  setPicturesVisible(visible: boolean): void
  /** Flies to where a photo was taken, and looks as it did. */
  lookThrough(image: number): void
  /** Opacity of the photo over the points while looking through its camera, 0 … 1. */
  setOverlay(opacity: number): void
  /** Back to the first view. */
  reset(): void
  /** Reads the colours from the container's CSS again: `--view-paper`, `--view-line`, `--view-accent`. */
  refreshColors(): void
  /** Calls back on an event; the result stops that. */
  on<K extends keyof ModelViewEvents>(event: K, listener: (detail: ModelViewEvents[K]) => void): () => void
  dispose(): void
}
