/** What is used of the SDK, named one by one: a bundle finds names, and leaves the rest out. Loaded with the first use. */
export { CreateTopicCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
