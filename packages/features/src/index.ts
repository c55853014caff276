export type { DescriptorKind, FeatureExtractor, Features, GrayImage, Matcher } from './features.js'
