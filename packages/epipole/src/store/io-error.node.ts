import { EpipoleError } from '@epipole/core'

const ADVICE: Readonly<Record<string, string>> = {
  ENOENT: 'It does not exist. Check the path.',
  EACCES: 'Permission denied. Choose another folder with --out, or change its permissions.',
  EPERM: 'The operation is not permitted. Choose another folder with --out, or change its permissions.',
  EROFS: 'The file system is read-only. Choose another folder with --out.',
  ENOSPC:
    'The disk is full. Free some space or choose another disk with --out, then run the same command again: it goes on where it stopped.',
  EDQUOT: 'The disk quota is used up. Free some space, then run the same command again: it goes on where it stopped.',
  EFBIG: 'It is larger than files may be here (ulimit -f, or the file system). Choose another folder with --out.',
  ENOTDIR: 'A part of the path is a file, not a folder. Check the path.',
  EISDIR: 'It is a folder, not a file. Check the path.',
  ENAMETOOLONG: 'The path is too long.',
  EMFILE: 'Too many files are open. Raise the limit (ulimit -n) or use fewer --workers.',
  ENFILE: 'Too many files are open. Raise the limit (ulimit -n) or use fewer --workers.',
  EIO: 'The device reported an error. Check the disk.',
  ELOOP: 'Its links lead in a circle.',
}

/** A file system's error as `io`, naming the path and what to do. Other errors come back as they are. */
export function ioError(error: unknown, path: string, doing: string): unknown {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string' || 'details' in error)
    return error
  const advice = ADVICE[error.code] ?? error.message
  return new EpipoleError('io', `Cannot ${doing}: ${path}. ${advice}`, { path, cause: error.code }, { cause: error })
}

const NOT_THERE: readonly unknown[] = ['ENOENT', 'ENOTDIR', 'EISDIR']

/** As `ioError`, for what was given to be read: `input` where it is not there, or is a folder. */
export function inputError(error: unknown, path: string, doing: string): unknown {
  const io = ioError(error, path, doing)
  if (!(io instanceof EpipoleError) || !NOT_THERE.includes(io.details.cause)) return io
  return new EpipoleError('input', io.message, io.details, { cause: error })
}
