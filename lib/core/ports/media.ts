/** `outgoing`: waits for the command that sends it. `received`: came with a message. They are kept for `KEEP_DAYS`. */
export type MediaPurpose = 'outgoing' | 'received';

/** What is known of a stored file without reading it. */
export interface MediaFacts {
  size: number;
  /** As its source or its bytes said; undefined: nothing was said. */
  mimetype: string | undefined;
  fileName: string | undefined;
}

export interface PutMedia {
  purpose: MediaPurpose;
  /** More ends the upload, and nothing is stored. */
  maxBytes: number;
  mimetype?: string | undefined;
  fileName?: string | undefined;
  /** The same id again replaces the file; a new random one when absent. It must begin with `mediaIdPrefix(purpose)`. */
  id?: string;
}

export interface StoredMedia {
  id: string;
  size: number;
  /** Hex. */
  sha256: string;
}

/** Where the bytes of a file are to be sent by whoever has them. Expires; good for one file. */
export interface MediaUpload {
  url: string;
  /** To be sent with the bytes, as they are. */
  headers: Record<string, string>;
}

/**
 * Files that are too large for a row: those that wait for the runner, and those that came with messages. Each belongs
 * to one instance and is found under no other. Nothing here holds a whole file in memory.
 */
export interface MediaStore {
  /**
   * Stores a file, whole or not at all.
   * @throws GatewayError PAYLOAD_TOO_LARGE beyond `maxBytes`; whatever `bytes` throws
   */
  put(instanceId: string, bytes: Uint8Array | AsyncIterable<Uint8Array>, options: PutMedia): Promise<StoredMedia>;
  /** undefined when there is no such file (any more). */
  stat(instanceId: string, mediaId: string): Promise<MediaFacts | undefined>;
  /** Read the body to its end or destroy it. undefined when there is no such file. */
  read(
    instanceId: string,
    mediaId: string,
  ): Promise<{ facts: MediaFacts; body: AsyncIterable<Uint8Array> & { destroy(): void } } | undefined>;
  /**
   * Path of a local copy, or undefined when there is no such file. `release` when it is not needed any more.
   * @throws GatewayError PAYLOAD_TOO_LARGE beyond `maxBytes`: what was uploaded directly was never measured
   */
  open(
    instanceId: string,
    mediaId: string,
    maxBytes: number,
  ): Promise<{ path: string; facts: MediaFacts; release(): Promise<void> } | undefined>;
  /**
   * A place for a file of exactly `size` bytes that does not go through the API; undefined where there is none and the
   * API takes it itself. The file is there under `mediaId` when the upload has succeeded.
   */
  uploadUrl(
    instanceId: string,
    mediaId: string,
    file: { size: number; mimetype: string; expiresInSeconds: number },
  ): Promise<MediaUpload | undefined>;
  /** An address that serves the file to anybody who has it, for a while; undefined where the API serves it itself. */
  downloadUrl(
    instanceId: string,
    mediaId: string,
    options: { expiresInSeconds: number; disposition: string },
  ): Promise<string | undefined>;
  /** Deletes a file, if it is there. */
  remove(instanceId: string, mediaId: string): Promise<void>;
  /** Deletes all files of an instance. */
  removeAll(instanceId: string): Promise<void>;
  close(): void;
}
