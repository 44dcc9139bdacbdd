/** A finding of cdk-nag that is meant to be so. Each must still be found, and each finding must be one of these. */
export interface Acknowledgement {
  rule: string | RegExp;
  /** Where: the path of the resource, without the name of its app. */
  at: RegExp;
  reason: string;
}

export const ACKNOWLEDGEMENTS: readonly Acknowledgement[] = [
  // Wildcards of permissions: test "permissions" holds them to the same list.
  {
    rule: 'AwsSolutions-IAM5[Resource::*]',
    at: /^Gateway\/(Api|Live|Intake|Events|Webhooks|Admin|Rotator|Reconcile)Role\/DefaultPolicy\//,
    reason:
      'X-Ray takes segments for an account, not for a resource; so does SQS list queues, and Secrets Manager make passwords.',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::*]',
    at: /^Gateway\/Runner\/Task\/ExecutionRole\//,
    reason: 'ECR gives log-in tokens for a registry, not for a repository.',
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::arn:aws:sqs:[\w-]+:<AWS::AccountId>:switchboard-\w+-commands-\*\]$/,
    at: /^Gateway\/(ApiRole|LiveRole|IntakeRole|ReconcileRole|Runner\/Task\/TaskRole)\//,
    reason: 'One queue per shard: a policy has no room for the names of 256.',
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::arn:aws:sqs:[\w-]+:<AWS::AccountId>:switchboard-\w+-reply-\*\]$/,
    at: /^Gateway\/IntakeRole\//,
    reason: 'Customers make reply queues, and name them after this prefix.',
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::Data:ExportsOutputFnGetAttMedia\w+\/\*\]$/,
    at: /^Gateway\/(ApiRole|IntakeRole|Runner\/Task\/TaskRole)\//,
    reason: 'Files of messages come and go in the one bucket that is for them.',
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::arn:aws:execute-api:.*\/live\/(POST|DELETE)\/@connections\/\*\]$/,
    at: /^Gateway\/(LiveRole|EventsRole)\//,
    reason: 'Connections come and go.',
  },
  // What is without, on purpose.
  {
    rule: 'AwsSolutions-SQS3',
    at: /^Data\/Queues\/Intake(DeadLetters)?\//,
    reason:
      'The reader of the intake queue buries messages itself: a redrive policy would move them with their API keys.',
  },
  {
    rule: 'Serverless-SQSRedrivePolicy',
    at: /^Data\/Queues\/(Intake|\w+DeadLetters)\//,
    reason: 'As above; and a queue of dead letters is the end of the way.',
  },
  {
    rule: 'AwsSolutions-S1',
    at: /^Data\/Media\//,
    reason: 'Reads of files are logged by the API; a log of S3 would double the bill of small deployments.',
  },
  {
    rule: 'AwsSolutions-S1',
    at: /^Gateway\/Edge\/Dashboard\//,
    reason: 'The same files for everybody, read by CloudFront alone.',
  },
  {
    rule: 'AwsSolutions-SMG4',
    at: /^Data\/Secrets\/Jwt\//,
    reason: 'It is rotated: the schedule lies in the stack of the Lambda that does it.',
  },
  {
    rule: 'AwsSolutions-SMG4',
    at: /^Data\/Secrets\/Seal\//,
    reason: 'What it has sealed is read for years: rotated by hand (DEPLOY.md), never away.',
  },
  {
    rule: 'AwsSolutions-SMG4',
    at: /^Data\/Secrets\/Edge\//,
    reason: 'CloudFront is told it by a deployment, so it is rotated by one (DEPLOY.md).',
  },
  {
    rule: 'AwsSolutions-APIG4',
    at: /^Gateway\/(HttpApi|LiveApi)\//,
    reason: 'The gateway authenticates itself: keys, tokens and tickets of its own, route by route, in its tests.',
  },
  {
    rule: /^(AwsSolutions-APIG1|Serverless-APIGWAccessLogging)$/,
    at: /^Gateway\/LiveApi\//,
    reason:
      'For WebSockets API Gateway logs only with a role of the whole account; its metrics are drawn, the Lambda has a log.',
  },
  { rule: 'AwsSolutions-CFR1', at: /^Gateway\/Edge\//, reason: 'Customers are everywhere.' },
  {
    rule: 'AwsSolutions-CFR2',
    at: /^Gateway\/Edge\//,
    reason: 'A web ACL costs 8 USD a month and more: `waf` in deployment.json makes or names one.',
  },
  {
    rule: 'AwsSolutions-CFR3',
    at: /^Gateway\/Edge\//,
    reason: 'The API logs each request; CloudFront would log paths, which may hold phone numbers.',
  },
  {
    rule: 'AwsSolutions-CFR4',
    at: /^Gateway\/Edge\//,
    reason: "CloudFront's own certificate allows no other policy; with `domain` it is TLS 1.2 and newer.",
  },
  {
    rule: 'AwsSolutions-VPC7',
    at: /^Gateway\/Network\//,
    reason: 'Nothing can connect to the network; flow logs of what runners say to WhatsApp cost more than they tell.',
  },
  {
    rule: 'AwsSolutions-ECS4',
    at: /^Gateway\/Runner\//,
    reason: "Container Insights cost per task and metric; alarms stand on ECS's own metrics and the runners' logs.",
  },
  {
    rule: 'AwsSolutions-ECS2',
    at: /^Gateway\/Runner\//,
    reason: 'Names of tables, queues and keys only: no variable of the runner is a secret.',
  },
  {
    rule: 'Serverless-LambdaDLQ',
    at: /^Gateway\/(Api|Live|Intake|Events|Webhooks|Admin|Rotator|Reconcile)\//,
    reason:
      'Callers and queues keep what failed; schedules come again in a minute. None is invoked asynchronously with work.',
  },
  {
    rule: 'Serverless-LambdaEventSourceMappingDestination',
    at: /^Gateway\/(Intake|Events|Webhooks)\/SqsEventSource/,
    reason: 'The queues have dead letters of their own; a destination is for streams.',
  },
  {
    rule: 'Serverless-EventBusDLQ',
    at: /^Gateway\/\w+(Sweep|Schedule)\//,
    reason: 'The next minute does what this one could not; an alarm rings when none does.',
  },
];
