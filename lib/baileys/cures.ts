// Filled by the session-state work: console guard, libsignal queue scoping, trial-decryption restore.
export {};
