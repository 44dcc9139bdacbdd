/**
 * Files that wait between the request that brought them and the runner that sends them: a command's row has no room for
 * them. Each belongs to one instance and is found under no other.
 */
export interface MediaStore {
  /** Stores a file under a new random id. Kept for at least a day: as long as a command may wait. */
  put(instanceId: string, bytes: Uint8Array): Promise<string>;
  /** Path of a local copy of the file, or undefined when there is none. `release` when it is not needed any more. */
  open(instanceId: string, mediaId: string): Promise<{ path: string; release(): Promise<void> } | undefined>;
  /** Deletes a file, if it is there. */
  remove(instanceId: string, mediaId: string): Promise<void>;
  /** Deletes all files of an instance. */
  removeAll(instanceId: string): Promise<void>;
}
