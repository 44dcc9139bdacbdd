/**
 * What the stack of data exports, and the other one imports. CloudFormation takes no export away that is imported, and
 * the stack of data is updated first: whoever no longer needs one keeps it by `exportValue` in lib/gateway-stack.ts.
 */
export const EXPORTS: readonly string[] = [
  'ExportsOutputFnGetAttMediaA721A567ArnB9989168',
  'ExportsOutputFnGetAttMediaA721A567RegionalDomainNameEE466182',
  'ExportsOutputFnGetAttQueuesCommandsDeadLetters1FCE3ADFArn8E715FCD',
  'ExportsOutputFnGetAttQueuesCommandsDeadLetters1FCE3ADFQueueName49D3C431',
  'ExportsOutputFnGetAttQueuesDeliveries9DF934B3ArnCE8EB1DA',
  'ExportsOutputFnGetAttQueuesDeliveries9DF934B3QueueName98D589B0',
  'ExportsOutputFnGetAttQueuesDeliveriesDeadLetters76560C6CArn540B5C98',
  'ExportsOutputFnGetAttQueuesDeliveriesDeadLetters76560C6CQueueNameF0626A76',
  'ExportsOutputFnGetAttQueuesEvents3B99B77CArn11288AAD',
  'ExportsOutputFnGetAttQueuesEvents3B99B77CQueueName78A5CD6B',
  'ExportsOutputFnGetAttQueuesEventsDeadLetters49EFC383ArnEB229E77',
  'ExportsOutputFnGetAttQueuesEventsDeadLetters49EFC383QueueName19865E9B',
  'ExportsOutputFnGetAttQueuesIntake1E4F1171Arn4BF86E47',
  'ExportsOutputFnGetAttQueuesIntake1E4F1171QueueName0D9110C6',
  'ExportsOutputFnGetAttQueuesIntakeDeadLettersD03CF27DArnF76C2CCD',
  'ExportsOutputFnGetAttQueuesIntakeDeadLettersD03CF27DQueueName71DC14E3',
  'ExportsOutputFnGetAttTablesMainBB1D2EBDArnAB629984',
  'ExportsOutputFnGetAttTablesSessionKeys3497BBAAArn08D925C7',
  'ExportsOutputFnGetAttTablesWrappingKey726314CCArn8FDA3F01',
  'ExportsOutputRefMediaA721A567DB895657',
  'ExportsOutputRefQueuesIntake1E4F11718B417377',
  'ExportsOutputRefQueuesTopicBAF11A3CC93E26A4',
  'ExportsOutputRefSecretsEdge364142E2C5AD52D9',
  'ExportsOutputRefSecretsJwtCB9A55B6E466F7F4',
  'ExportsOutputRefSecretsSealCEC8A7F96868CF70',
  'ExportsOutputRefTablesMainBB1D2EBD1713AD07',
  'ExportsOutputRefTablesSessionKeys3497BBAA5B97634E',
];
