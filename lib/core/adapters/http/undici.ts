/** What is used of undici, named one by one: a bundle finds names in a package like it only so. Loaded with the first use. */
export { Agent, request } from 'undici';
