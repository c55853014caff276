export {
  createModelView,
  type ModelView,
  type ModelViewEvents,
  type ModelViewOptions,
} from './model-view/model-view.js'
export { indexTracks, type Observation, observationsOf, type TrackIndex, trackOf } from './model-view/tracks.js'
