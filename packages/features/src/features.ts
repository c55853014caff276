/** What the bytes of a descriptor mean, and so how two are compared: L2 (u8, f32) or Hamming (binary). */
export type DescriptorKind = 'u8' | 'f32' | 'binary'

/** One photo's features: structure of arrays, transferable. */
export interface Features {
  readonly count: number
  /**
   * `count × 4`: x, y (pixels of the full-size stored photo, centre of the top-left pixel at (0.5, 0.5)), scale (σ in
   * pixels of the full-size photo), orientation (radians, from x towards y, in (−π, π]).
   */
  readonly keypoints: Float32Array
  readonly kind: DescriptorKind
  /** Elements of one descriptor: 128 for SIFT; bytes (bits / 8) when binary. */
  readonly dimension: number
  /** `count × dimension`, row by row. */
  readonly descriptors: Uint8Array | Float32Array
}

/** An 8-bit gray image, row-major, without padding. */
export interface GrayImage {
  readonly width: number
  readonly height: number
  /** `width × height`. */
  readonly data: Uint8Array
}

/** Finds features in a photo. SIFT is the first to implement it; a learned extractor plugs in the same way. */
export interface FeatureExtractor {
  /** Changes whenever equal input may give other output: part of every stored record's key. */
  readonly id: string
  /** `image` may be smaller than the photo; `scale` (photo pixels per image pixel, ≥ 1) takes keypoints to full size. */
  extract(image: GrayImage, scale?: number): Promise<Features>
}

/** Features that choose each other, whether or not a second choice is nearly as good. */
export interface CandidateMatches {
  /** Index pairs (i₁, i₂), flat: `2 × candidates`, ascending in i₁; each feature at most once. */
  readonly pairs: Uint32Array
  /** `candidates`: 1 where the match is distinct, that is, one of `match`'s; 0 where only geometry can tell. */
  readonly distinct: Uint8Array
}

/** Which features of one photo may match which of another, as compressed rows: feature i₁ may match `items[starts[i₁] … starts[i₁ + 1])`. */
export interface CandidateLists {
  /** `count of the first + 1`, ascending from 0. */
  readonly starts: Int32Array
  /** Indices into the other photo's features. */
  readonly items: Int32Array
}

/** Pairs up the features of two photos. */
export interface Matcher {
  readonly id: string
  /** Index pairs (i₁, i₂), flat: `2 × matches`, ascending in i₁; each feature at most once. */
  match(a: Features, b: Features): Promise<Uint32Array>
  /** `match`, and beside it what it refused for want of distinctness alone: a second chance for what geometry confirms. */
  candidates(a: Features, b: Features): Promise<CandidateMatches>
  /**
   * As `match`, of the listed pairs alone. How distinct a match is still shows against features that are not listed: against
   * a sample of them.
   */
  matchAmong(a: Features, b: Features, lists: CandidateLists): Promise<Uint32Array>
}
