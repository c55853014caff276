import { exp, randomStream } from '@epipole/core'
import {
  averageRigid,
  averageRotations,
  averageSim3,
  type BlockProblem,
  bundleAdjust,
  type Camera,
  calibratePlanar,
  calibrateRig,
  camera,
  cameraModels,
  compose,
  estimateAbsolutePose,
  estimateAbsolutePoseFocal,
  estimateEssential,
  estimateFundamental,
  estimateHomography,
  euclidean,
  eulerFromRotation,
  type FundamentalEvidence,
  focalFromFundamentals,
  focalsFromFundamental,
  fundamentalCovariance,
  linearRegressionEstimator,
  lineEstimator,
  lookAt,
  normalizedFromPixels,
  pixelsFromNormalized,
  planeEstimator,
  poseFromEssential,
  prosac,
  quaternionFromRotation,
  type ResidualTerm,
  type Rigid,
  ransac,
  rectifyStereo,
  refineFundamental,
  rigid,
  se3Exp,
  sim3Estimator,
  so3Exp,
  so3Log,
  solveLeastSquares,
  svd,
  symmetricEigen,
  syntheticCamera,
  syntheticKeypoints,
  syntheticMatches,
  syntheticPair,
  syntheticScene,
  transformPoint,
  triangulate,
  undistortedCamera,
  undistortionMap,
} from '@epipole/geometry'
import type { Probe } from './probes.js'

export const geometryProbes: Readonly<Record<string, Probe>> = {
  'geometry/cameras': () => {
    const random = randomStream(3, 'bits')
    const xy = Float64Array.from({ length: 4000 }, () => random.uniform(-0.5, 0.5))
    return cameraModels.map(({ name }) => {
      const camera = syntheticCamera(name, 900, 1200, 800)
      const pixels = pixelsFromNormalized(camera, xy)
      return [pixels, normalizedFromPixels(camera, pixels)]
    })
  },
  'geometry/linear algebra': () => {
    const random = randomStream(4, 'bits')
    return Array.from({ length: 50 }, () => {
      const A = Float64Array.from({ length: 12 * 9 }, () => random.normal())
      const S = Float64Array.from({ length: 49 }, (_, i) => A[(i % 7) * 7 + Math.floor(i / 7)]! + A[i]!)
      return [svd(A, 12, 9), symmetricEigen(S, 7)]
    })
  },
  'geometry/relative pose': () => {
    const scene = syntheticScene({ images: 4, points: 300, noisePx: 0.5, outliers: 0.2, seed: 5 })
    return [1, 2, 3].map((other) => {
      const matches = syntheticMatches(scene, 0, other)
      const [a, b] = [0, other].map((image, side) => {
        const pixels = syntheticKeypoints(scene, image)
        const chosen = new Float64Array(matches.length)
        for (let i = 0; i < matches.length / 2; i++) {
          chosen[2 * i] = pixels[2 * matches[2 * i + side]!]!
          chosen[2 * i + 1] = pixels[2 * matches[2 * i + side]! + 1]!
        }
        return normalizedFromPixels(scene.cameras[scene.imageCamera[image]!]!, chosen).xy
      }) as [Float64Array, Float64Array]
      const found = estimateEssential(a, b, { focal1: 900, focal2: 900, maxResidual: 3, seed: 6 })
      return [found, found.model && poseFromEssential(found.model, a, b)]
    })
  },
  'geometry/robust estimation': () => {
    const cloud = syntheticPair({ matches: 300, inlierRatio: 0.4, noisePx: 1, seed: 7 })
    const plane = syntheticPair({ matches: 300, inlierRatio: 0.4, noisePx: 1, layout: 'plane', seed: 8 })
    const [f, , cx, cy] = cloud.camera2.params
    const centred = cloud.pixels2.map((v, k) => v - (k % 2 === 0 ? cx! : cy!))
    const order = Int32Array.from(cloud.scores.keys()).sort((a, b) => cloud.scores[b]! - cloud.scores[a]! || a - b)
    const options = { maxResidual: 4, seed: 9, maxTrials: 2000 }
    const xyz = cloud.points.map((v, k) => (k % 3 === 2 && k % 2 === 0 ? 0.01 * v : v))
    return [
      (['msac', 'count', 'marginal'] as const).map((scoring) =>
        estimateFundamental(cloud.pixels1, cloud.pixels2, { ...options, scoring, sampler: prosac(order) }),
      ),
      estimateHomography(plane.pixels1, plane.pixels2, { ...options, scoring: 'marginal' }),
      estimateAbsolutePose(cloud.xy2, cloud.points, { ...options, focal: f!, sampler: prosac(order) }),
      estimateAbsolutePoseFocal(centred, cloud.points, { ...options, maxTrials: 300 }),
      ransac(lineEstimator(cloud.pixels1), options),
      ransac(linearRegressionEstimator(cloud.pixels1, cloud.scores), { ...options, maxResidual: 0.2 }),
      ransac(planeEstimator(xyz), { ...options, maxResidual: 0.02 }),
      ransac(sim3Estimator(cloud.points, xyz), { ...options, maxResidual: 0.2 }),
    ]
  },
  'geometry/calibration': () => {
    const random = randomStream(10, 'bits')
    const camera1 = camera('OPENCV', 640, 480, [500, 505, 310, 250, -0.2, 0.05, 0.001, -0.0015])
    const camera2 = camera('OPENCV', 640, 480, [480, 486, 325, 235, -0.15, 0.02, -0.001, 0.001])
    const cam2FromCam1 = rigid(so3Exp([0.02, 0.15, -0.01]), [-1.5, 0.1, 0.2])
    const board = Float64Array.from({ length: 2 * 54 }, (_, k) => (k % 2 ? Math.floor(k / 18) : (k >> 1) % 9))
    const view = (cam: Camera, camFromBoard: Rigid) => {
      const normalized = Float64Array.from(
        Array.from({ length: board.length / 2 }, (_, i) => i).flatMap((i) => {
          const [x, y, z] = transformPoint(camFromBoard, [board[2 * i]!, board[2 * i + 1]!, 0])
          return [x! / z!, y! / z!]
        }),
      )
      return { board, pixels: pixelsFromNormalized(cam, normalized).map((v) => v + 0.2 * random.normal()) }
    }
    const poses = [
      [1, -2, -12],
      [9, 6, -10],
      [-4, 7, -11],
      [3, 3, -9],
    ].map((from) => lookAt(from, [4, 2.5, 0]))
    const views = poses.map((pose) => [view(camera1, pose), view(camera2, compose(cam2FromCam1, pose))])
    const size = { width: 640, height: 480 }
    const straight = undistortedCamera(camera1, { width: 64, height: 48 })
    return [
      calibratePlanar(
        views.map(([first]) => first!),
        size,
      ),
      calibrateRig(views, { cameras: [size, size] }),
      rectifyStereo(camera1, camera2, cam2FromCam1, { alpha: 0.5 }),
      straight.ok && undistortionMap(camera1, straight.camera),
    ]
  },
  'geometry/self-calibration': () => {
    const evidence = [1, 2, 3].map((seed): FundamentalEvidence => {
      const pair = syntheticPair({ layout: 'roaming', cameraModel: 'SIMPLE_PINHOLE', focal: 900, noisePx: 0.5, seed })
      const { model: F, inliers } = estimateFundamental(pair.pixels1, pair.pixels2, { maxResidual: 2, seed: 1 })
      refineFundamental(F!, pair.pixels1, pair.pixels2, inliers)
      const covariance = fundamentalCovariance(F!, pair.pixels1, pair.pixels2, { indices: inliers })
      return { F: F!, covariance, principalPoint1: [500, 375] }
    })
    return [focalFromFundamentals(evidence), evidence.map((e) => focalsFromFundamental(e))]
  },
  'geometry/averages': () => {
    const random = randomStream(11, 'bits')
    const rigids = Array.from({ length: 20 }, () => {
      return se3Exp(Array.from({ length: 6 }, (_, k) => (k % 2) + 0.3 * random.normal()))
    })
    const sims = rigids.map(({ R, t }) => ({ scale: random.uniform(0.5, 2), R, t }))
    const rotations = rigids.map(({ R }) => R)
    return [
      (['chordal', 'geodesic', 'median'] as const).map((method) => averageRotations(rotations, { method })),
      averageRigid(rigids),
      averageSim3(sims),
      rotations.map((R) => [so3Log(R), quaternionFromRotation(R), eulerFromRotation('zyx', R)]),
    ]
  },
  'geometry/least squares': () => {
    const random = randomStream(12, 'bits')
    const data = Array.from({ length: 6 }, () =>
      Array.from({ length: 5 }, (_, i) => exp(-0.3 * i) + 0.05 * random.normal()),
    )
    const terms = data.map(
      (y, k): ResidualTerm => ({
        blocks: [0, 1 + k],
        residualCount: 5,
        residuals: ([[rate], [size]], out) => out.set(y.map((v, i) => size! * exp(-rate! * i) - v)),
        loss: { type: 'cauchy', scale: 0.1 },
      }),
    )
    const problem: BlockProblem = { blocks: Array(7).fill(euclidean(1)), terms, eliminate: [1, 2, 3, 4, 5, 6] }
    return (['dense', 'schur', 'conjugateGradient'] as const).map((linearSolver) => {
      const x = new Float64Array(7).fill(0.5)
      return [solveLeastSquares(problem, x, { linearSolver, covariance: true }), x]
    })
  },
  'geometry/triangulation and bundle adjustment': () => {
    const scene = syntheticScene({ images: 5, points: 80, noisePx: 0.5, seed: 13 })
    const pair = syntheticPair({ matches: 50, inlierRatio: 0.8, noisePx: 0.5, seed: 14 })
    const [truth] = scene.cameras
    const bundle = {
      cameras: [
        {
          model: truth!.model,
          params: Float64Array.from(truth!.params),
          refine: new Uint8Array(truth!.params.length).fill(1),
        },
      ],
      poses: scene.poses.slice(),
      imageCamera: scene.imageCamera,
      points: scene.points.slice(),
      obsImage: scene.obsImage,
      obsPoint: scene.obsPoint,
      obsXy: scene.obsXy,
    }
    return [
      Array.from(pair.inlier, (_, i) => triangulate(pair.cam1FromWorld, pair.cam2FromWorld, pair.xy1, pair.xy2, i)),
      bundleAdjust(bundle, { loss: { type: 'soft-l1', scale: 1 }, covariance: 'intrinsics' }),
      bundle,
    ]
  },
}
