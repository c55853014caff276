export type { BoardView, BoardViewFit } from './calibration/board-view.js'
export { type Calibration, type CalibrationOptions, calibratePlanar } from './calibration/calibrate-planar.js'
export {
  calibrateRig,
  type RigCalibration,
  type RigCalibrationOptions,
  type RigCamera,
  type RigView,
} from './calibration/calibrate-rig.js'
export { type PlanarIntrinsics, planarIntrinsics } from './calibration/planar-intrinsics.js'
export { planarPose } from './calibration/planar-pose.js'
export type { Camera, CameraModel } from './camera/camera.js'
export { camera, cameraFromFocal, type PinholeIntrinsics, pinhole } from './camera/create.js'
export { calibrationMatrix, isDistorted, meanFocalLength, scaleCamera } from './camera/intrinsics.js'
export { lookAt } from './camera/look-at.js'
export { type CameraModelInfo, cameraModelInfo, cameraModels } from './camera/models.js'
export {
  type PixelVerdict,
  type ProjectionJacobians,
  pixelFromPoint,
  pixelsFromNormalized,
} from './camera/project.js'
export {
  type CalibrationParts,
  calibrationMatrixFromParts,
  cameraFromMatrix,
  decomposeProjection,
  type MatrixCameraVerdict,
  type MatrixPixelVerdict,
  type ProjectionParts,
  pixelFromMatrix,
  projectionMatrix,
} from './camera/projection-matrix.js'
export {
  type RayVerdict,
  rayFromPixel,
  raysFromNormalized,
  type WorldRayVerdict,
  worldRayFromPixel,
} from './camera/rays.js'
export { type RectifiedPair, type RectifyOptions, rectifyStereo } from './camera/rectify.js'
export {
  type UndistortedCamera,
  type UndistortedCameraOptions,
  type UndistortionMap,
  undistortedCamera,
  undistortionMap,
} from './camera/undistort.js'
export { type Normalized, normalizedFromPixels } from './camera/unproject.js'
export { decomposeHomography, homographyOf, type PlaneMotion } from './epipolar/decompose-homography.js'
export {
  essentialFromFundamental,
  essentialFromPose,
  fundamentalFromEssential,
  nearestEssential,
  nearestRankTwo,
} from './epipolar/essential.js'
export {
  applyHomography,
  homographyFromPlane,
  homographyInPixels,
  shiftHomography,
} from './epipolar/homography.js'
export { homographySampsonErrors, symmetricTransferErrors, transferErrors } from './epipolar/homography-residuals.js'
export { clipLine, epipolarLine1, epipolarLine2, epipoles, type Line } from './epipolar/lines.js'
export {
  type ModelCandidate,
  type ModelScore,
  type ModelSelection,
  selectTwoViewModel,
  type TwoViewModel,
} from './epipolar/model-selection.js'
export { cheiralityCounts, poseFromEssential, posesFromEssential } from './epipolar/pose-from-essential.js'
export {
  algebraicErrors,
  epipolarDistances2,
  sampsonErrors,
  sampsonSquaredErrors,
  symmetricEpipolarErrors,
} from './epipolar/residuals.js'
export { type FrameGraph, type FrameTolerance, frameGraph } from './frames/frame-graph.js'
export { type AlignVerdict, alignSim3 } from './math/align.js'
export {
  type AverageMotionOptions,
  type AverageRotationOptions,
  type AverageVerdict,
  averageRigid,
  averageRotations,
  averageSim3,
} from './math/average.js'
export { type AxisAngle, axisAngleFromRotation, rotationFromAxisAngle } from './math/axis-angle.js'
export { choleskyFactor, choleskyInverse, choleskySolve, ldltFactor, ldltSolve } from './math/cholesky.js'
export { conjugateGradients, type LinearOperator } from './math/conjugate-gradients.js'
export { symmetricEigen } from './math/eigen.js'
export {
  type EulerAngles,
  type EulerFrame,
  type EulerOrder,
  eulerFromRotation,
  eulerOrders,
  rotationFromEuler,
} from './math/euler.js'
export { luDeterminant, luFactor, luSolve } from './math/lu.js'
export {
  frobeniusNorm,
  hat,
  mat3Adjugate,
  mat3Apply,
  mat3Determinant,
  mat3Diagonal,
  mat3Identity,
  mat3Inverse,
  mat3Multiply,
  mat3MultiplyTranspose,
  mat3Trace,
  mat3Transpose,
  mat3TransposeApply,
  mat3TransposeMultiply,
  vee,
} from './math/mat3.js'
export { nullSpace } from './math/null-space.js'
export { cubicRoots, polynomialValue, quadraticRoots, quarticRoots } from './math/polynomial.js'
export { leastSquares, qrApply, qrApplyTranspose, qrFactor } from './math/qr.js'
export {
  quaternionConjugate,
  quaternionFromAxisAngle,
  quaternionFromRotation,
  quaternionMultiply,
  quaternionNormalize,
  quaternionSlerp,
  rotationFromQuaternion,
} from './math/quaternion.js'
export {
  cameraCenter,
  compose,
  invert,
  poseFromCenter,
  type Rigid,
  relativePose,
  rigid,
  rigidIdentity,
  transformPoint,
  transformPoints,
} from './math/rigid.js'
export {
  se3Adjoint,
  se3Exp,
  se3Interpolate,
  se3LeftJacobian,
  se3LeftJacobianInverse,
  se3Log,
  se3RightJacobian,
  se3RightJacobianInverse,
} from './math/se3.js'
export { composeSim3, invertSim3, type Sim3, transformPointSim3, transformPoseSim3 } from './math/sim3.js'
export {
  sim3Adjoint,
  sim3Exp,
  sim3Interpolate,
  sim3LeftJacobian,
  sim3LeftJacobianInverse,
  sim3Log,
  sim3RightJacobian,
  sim3RightJacobianInverse,
} from './math/sim3-lie.js'
export {
  angleBetweenRad,
  clampedAcos,
  degrees,
  orthonormalize,
  radians,
  rotationAngleRad,
  so3Exp,
  so3Interpolate,
  so3LeftJacobian,
  so3LeftJacobianInverse,
  so3Log,
  so3RightJacobian,
  so3RightJacobianInverse,
} from './math/so3.js'
export { median, medianDeviation, quantile, selectInPlace } from './math/statistics.js'
export { realRoots } from './math/sturm.js'
export { type Svd, svd } from './math/svd.js'
export { nearestRotation, type Svd3, svd3 } from './math/svd3.js'
export { intersectQuadrics } from './math/three-quadrics.js'
export {
  type Numbers,
  vec3Add,
  vec3Cross,
  vec3Distance,
  vec3Dot,
  vec3Norm,
  vec3Normalize,
  vec3Scale,
  vec3SquaredNorm,
  vec3Subtract,
} from './math/vec3.js'
export {
  type AdjustAbsolutePoseOptions,
  type AdjustedAbsolutePose,
  adjustAbsolutePose,
} from './optimize/absolute-pose.js'
export { bundleAdjust } from './optimize/bundle/adjust.js'
export { bundlePoseCovariance } from './optimize/bundle/pose-covariance.js'
export {
  type BundleCamera,
  type BundleIteration,
  type BundleMethod,
  type BundleOptions,
  type BundleProblem,
  type BundleReport,
  type IntrinsicsPrior,
  type IntrinsicsUncertainty,
  POSE_FIXED,
  POSE_FIXED_BASELINE,
  POSE_FREE,
  type StopReason,
} from './optimize/bundle/problem.js'
export type { LinearSolverName } from './optimize/least-squares/linear-solver.js'
export {
  type BlockProblem,
  type LeastSquaresOptions,
  type LeastSquaresProblem,
  type LeastSquaresReport,
  type ResidualTerm,
  solveLeastSquares,
} from './optimize/least-squares.js'
export { type Loss, type LossType, lossKernel, lossValue, lossWeight } from './optimize/loss.js'
export { euclidean, type Manifold, product, rotations, subset, unitVectors } from './optimize/manifold.js'
export { checkJacobian, type JacobianCheck } from './optimize/numeric-jacobian.js'
export {
  type AdjustedRelativePose,
  type AdjustRelativePoseOptions,
  adjustRelativePose,
} from './optimize/relative-pose.js'
export {
  type AbsolutePoseOptions,
  type AbsolutePoseResult,
  absolutePoseEstimator,
  estimateAbsolutePose,
} from './robust/estimate-absolute-pose.js'
export {
  type AbsolutePoseFocalOptions,
  type AbsolutePoseFocalResult,
  absolutePoseFocalEstimator,
  estimateAbsolutePoseFocal,
} from './robust/estimate-absolute-pose-focal.js'
export { type EssentialOptions, essentialEstimator, estimateEssential } from './robust/estimate-essential.js'
export { estimateFundamental, fundamentalEstimator } from './robust/estimate-fundamental.js'
export { estimateHomography, homographyEstimator } from './robust/estimate-homography.js'
export type { Estimator } from './robust/estimator.js'
export { fundamentalCovariance } from './robust/fundamental-covariance.js'
export { homographyCovariance } from './robust/homography-covariance.js'
export { lineEstimator, planeEstimator, sim3Estimator } from './robust/linear-estimators.js'
export { linearRegressionEstimator } from './robust/linear-regression.js'
export type { MatrixCovarianceOptions } from './robust/matrix-covariance.js'
export {
  type RansacOptions,
  type RansacReport,
  type RansacResult,
  type RansacStop,
  ransac,
} from './robust/ransac.js'
export { refineAbsolutePose } from './robust/refine-absolute-pose.js'
export { refineAbsolutePoseFocal } from './robust/refine-absolute-pose-focal.js'
export { refineEssential } from './robust/refine-essential.js'
export { refineFundamental } from './robust/refine-fundamental.js'
export { refineHomography } from './robust/refine-homography.js'
export { prosac, prosacSampler, type Sampler, type Sampling, uniformSampler } from './robust/sampler.js'
export type { Scoring } from './robust/scoring.js'
export { allInlierProbability, requiredTrials } from './robust/stopping.js'
export type { CriticalMotion } from './self-calibration/degeneracy.js'
export type { FundamentalEvidence } from './self-calibration/evidence.js'
export {
  type FocalOptions,
  type FocalRefusal,
  type FocalVerdict,
  type FocalWitness,
  focalFromFundamental,
  focalFromFundamentals,
} from './self-calibration/focal-from-fundamentals.js'
export {
  focalsFromFundamental,
  type TwoFocalOptions,
  type TwoFocalRefusal,
  type TwoFocalVerdict,
} from './self-calibration/two-focals.js'
export {
  focalsFromFundamentals,
  type TwoFocalsVerdict,
  type TwoFocalWitness,
} from './self-calibration/two-focals-of-many.js'
export { absolutePoseDlt } from './solvers/absolute-pose-dlt.js'
export { absolutePoseCondition, epipolarCondition, homographyCondition } from './solvers/condition.js'
export { essentialEightPoint, fundamentalEightPoint } from './solvers/epipolar-eight-point.js'
export {
  ESSENTIAL_FIVE_POINT_SOLUTIONS,
  essentialFivePoint,
  essentialFivePointCondition,
} from './solvers/essential-five-point.js'
export { FUNDAMENTAL_SEVEN_POINT_SOLUTIONS, fundamentalSevenPoint } from './solvers/fundamental-seven-point.js'
export { homographyDlt } from './solvers/homography-dlt.js'
export { homographyFourPoint } from './solvers/homography-four-point.js'
export { type Normalization, normalization } from './solvers/normalize.js'
export { P3P_SOLUTIONS, p3p } from './solvers/p3p.js'
export { P4PF_SOLUTIONS, p4pf } from './solvers/p4pf.js'
export { type SceneLayout, writeLookAt } from './synthetic/layouts.js'
export { syntheticKeypoints, syntheticMatches } from './synthetic/matches.js'
export { type SyntheticPair, type SyntheticPairOptions, syntheticPair } from './synthetic/pair.js'
export {
  type SyntheticScene,
  type SyntheticSceneOptions,
  syntheticCamera,
  syntheticScene,
} from './synthetic/scene.js'
export { triangulateLinear } from './triangulation/linear.js'
export { pointCost, pointCovariance, refinePoint, triangulateMidpoint } from './triangulation/n-view.js'
export { type PairTriangulationOptions, type PointVerdict, triangulate } from './triangulation/pair.js'
export {
  type RobustTriangulationOptions,
  type TrackTriangulator,
  trackTriangulator,
  triangulateTrack,
} from './triangulation/robust.js'
export {
  BEHIND,
  DEGENERATE,
  LARGE_ERROR,
  SMALL_ANGLE,
  TOO_FEW_VIEWS,
  TRIANGULATED,
  TRIANGULATION_REASONS,
  type TriangulationReason,
  type TriangulationStatus,
} from './triangulation/status.js'
export { correctMatch, midpoint } from './triangulation/two-view.js'
export { smallestRayCosine, squaredPlaneError, type Views } from './triangulation/views.js'
