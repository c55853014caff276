import { randomStream } from '@epipole/core'
import { camera, mat3MultiplyVector, pixelFromPoint, rotationFromAxisAngle } from '@epipole/geometry'
