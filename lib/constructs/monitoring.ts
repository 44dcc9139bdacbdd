import { Duration, Stack } from 'aws-cdk-lib';
import type { HttpApi, WebSocketApi } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IMetric,
  LogQueryVisualizationType,
  LogQueryWidget,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { FargateService } from 'aws-cdk-lib/aws-ecs';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { FilterPattern, type ILogGroup, type LogGroup } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Queues } from './queues.ts';

const MINUTE = Duration.minutes(1);
const FIVE_MINUTES = Duration.minutes(5);
export const METRICS_NAMESPACE = 'Switchboard';

export interface MonitoringProps {
  stage: string;
  alarmEmail: string | undefined;
  api: HttpApi;
  live: WebSocketApi;
  functions: Record<string, IFunction>;
  /** Has a line for each request. */
  apiLogs: ILogGroup;
  queues: Queues;
  tables: Record<string, TableV2>;
  runner: { service: FargateService; logs: LogGroup; count: number };
}

interface Rule {
  metric: IMetric;
  /** Rings at this value and above; with `below`, under it. */
  at: number;
  below?: boolean;
  /** Periods of `metric` that must be so, out of as many. */
  periods?: number;
  /** No value at all is as bad as a wrong one. */
  silenceIsBad?: boolean;
}

/**
 * Alarms, each with a section in RUNBOOK.md that its description names, sent to one topic; and one page of graphs. The
 * name of an alarm is that of its section.
 */
export class Monitoring extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id);
    this.topic = new Topic(this, 'Alarms', { displayName: `Switchboard ${props.stage}`, enforceSSL: true });
    // A policy of a topic's own takes the place of the one that lets its account's alarms publish.
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AllowAlarms',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    if (props.alarmEmail) this.topic.addSubscription(new EmailSubscription(props.alarmEmail));
    for (const [name, rule] of Object.entries(rules(props, this))) this.#alarm(props.stage, name, rule);
    this.#dashboard(props);
  }

  #alarm(stage: string, name: string, { metric, at, below, periods = 1, silenceIsBad }: Rule): void {
    const alarm = new Alarm(this, name, {
      alarmName: `switchboard-${stage}-${name}`,
      alarmDescription: `What it means and what to do: RUNBOOK.md#alarm-${kebab(name)}`,
      metric,
      threshold: at,
      comparisonOperator: below
        ? ComparisonOperator.LESS_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: periods,
      treatMissingData: silenceIsBad ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
    alarm.addOkAction(new SnsAction(this.topic));
  }

  #dashboard({ stage, api, live, functions, queues, tables, runner }: MonitoringProps): void {
    const graph = (title: string, left: IMetric[], right: IMetric[] = []) =>
      new GraphWidget({ title, left, right, width: 12, height: 6 });
    // Drawn from the runners' lines: each would cost as a metric of its own.
    const fromLog = (title: string, stats: string, bin = '5m') =>
      new LogQueryWidget({
        ...{ title, width: 12, height: 6, view: LogQueryVisualizationType.LINE },
        logGroupNames: [runner.logs.logGroupName],
        queryLines: ["filter service = 'runner' and ispresent(SessionsAwayPercent)", `stats ${stats} by bin(${bin})`],
      });
    const named = { Intake: queues.intake, Events: queues.events, Deliveries: queues.deliveries };
    const all = Object.values(functions);
    const capacity = Object.values(tables).flatMap((table) => [
      table.metricConsumedReadCapacityUnits({ period: MINUTE }),
      table.metricConsumedWriteCapacityUnits({ period: MINUTE }),
    ]);
    new Dashboard(this, 'Dashboard', {
      dashboardName: `switchboard-${stage}`,
      widgets: [
        [
          graph('API requests, server errors', [api.metricCount()], [api.metricServerError()]),
          graph('API latency', [api.metricLatency({ statistic: 'p50' }), api.metricLatency({ statistic: 'p99' })]),
        ],
        [
          graph(
            'Age of the oldest message (s)',
            Object.values(named).map(({ queue }) => queue.metricApproximateAgeOfOldestMessage({ period: MINUTE })),
          ),
          graph(
            'Dead letters',
            Object.values(queues.deadLetters).map((queue) => queue.metricApproximateNumberOfMessagesVisible()),
          ),
        ],
        [
          graph(
            'Runners: memory, CPU (%)',
            [runner.service.metricMemoryUtilization(), runner.service.metricCpuUtilization()],
            [runnersAtWork(runner.service)],
          ),
          graph('Rows read and written (units)', capacity),
        ],
        [
          graph(
            'Lambda errors, throttles',
            all.map((fn) => fn.metricErrors()),
            all.map((fn) => fn.metricThrottles()),
          ),
          graph(
            'Lambda duration p99',
            all.map((fn) => fn.metricDuration({ statistic: 'p99' })),
          ),
        ],
        [
          graph(
            'Accepted to acknowledged by WhatsApp (ms)',
            ['p50', 'p99'].map((statistic) => ofRunners(stage, 'AcceptToAckMs', statistic)),
          ),
          graph(
            'Sessions away (%), messages that could not be decrypted',
            [ofRunners(stage, 'SessionsAwayPercent', 'Maximum')],
            [ofRunners(stage, 'DecryptFailures', 'Sum')],
          ),
        ],
        [
          graph(
            'Shards without a runner, commands that stand still',
            [counted(stage, 'reconcile', 'ShardsUnowned', 'Maximum')],
            [counted(stage, 'reconcile', 'CommandsStuck', 'Maximum')],
          ),
          graph(
            'Messages that come again',
            ['intake', 'events', 'webhooks'].map((service) => counted(stage, service, 'MessagesFailed', 'Sum')),
          ),
        ],
        [
          graph('Requests refused for their number (429)', [requestsRefused(stage)]),
          graph(
            'WebSockets: opened, messages, errors',
            ['ConnectCount', 'MessageCount'].map((name) => live.metric(name, { statistic: 'Sum' })),
            ['IntegrationError', 'ExecutionError'].map((name) => live.metric(name, { statistic: 'Sum' })),
          ),
        ],
        [
          fromLog('Sessions', 'sum(sessions.CONNECTED) as connected, sum(sessions.RECONNECTING) as reconnecting', '1m'),
          fromLog('Waits, commits (ms)', 'max(queueAgeMs.max) as queueAge, avg(commitMs.mean) as commit'),
        ],
        [
          fromLog('Fence refusals, retry receipts', 'sum(fenceRefusals) as fenced, sum(retryReceipts) as retries'),
          fromLog('Memory of a session (bytes)', 'avg(rssPerSessionBytes) as bytes'),
        ],
      ],
    });
  }
}

/** By the name of the alarm. */
function rules(
  { stage, api, functions, apiLogs, queues, tables, runner }: MonitoringProps,
  scope: Construct,
): Record<string, Rule> {
  const lag = (queue: Queue) => queue.metricApproximateAgeOfOldestMessage({ period: MINUTE });
  const service = { period: MINUTE, statistic: 'Maximum' };
  const errorLines = runner.logs.addMetricFilter('Errors', {
    filterPattern: FilterPattern.numberValue('$.level', '>=', 50),
    metricNamespace: METRICS_NAMESPACE,
    metricName: `RunnerErrors-${scope.node.addr.slice(-8)}`,
  });
  // A metric of the API's gateway would count every 4xx; who asks too often is one of them.
  apiLogs.addMetricFilter('Refused', {
    filterPattern: FilterPattern.numberValue('$.status', '=', 429),
    metricNamespace: METRICS_NAMESPACE,
    metricName: requestsRefused(stage).metricName,
  });
  return {
    ...Object.fromEntries(
      Object.entries(queues.deadLetters).map(([name, queue]) => [
        `DeadLetters${name}`,
        { metric: queue.metricApproximateNumberOfMessagesVisible({ period: MINUTE, statistic: 'Maximum' }), at: 1 },
      ]),
    ),
    IntakeLag: { metric: lag(queues.intake.queue), at: 120, periods: 5 },
    EventsLag: { metric: lag(queues.events.queue), at: 60, periods: 5 },
    DeliveriesLag: { metric: lag(queues.deliveries.queue), at: 300, periods: 5 },
    ApiServerErrors: { metric: api.metricServerError({ period: FIVE_MINUTES, statistic: 'Sum' }), at: 5 },
    FunctionErrors: { metric: total(unwatched(functions), (fn) => fn.metricErrors({ period: FIVE_MINUTES })), at: 5 },
    // Of the account: its functions share one pool, and whoever empties it stops the others.
    FunctionThrottles: { metric: LambdaFunction.metricAllThrottles({ period: FIVE_MINUTES, statistic: 'Sum' }), at: 1 },
    TableThrottles: { metric: throttledRows(tables), at: 10, periods: 3 },
    RunnersMissing: {
      metric: runnersAtWork(runner.service),
      at: runner.count,
      below: true,
      periods: 5,
      silenceIsBad: true,
    },
    RunnerMemory: { metric: runner.service.metricMemoryUtilization(service), at: 85, periods: 5 },
    RunnerCpu: { metric: runner.service.metricCpuUtilization(service), at: 85, periods: 15 },
    RunnerErrors: { metric: errorLines.metric({ period: FIVE_MINUTES, statistic: 'Sum' }), at: 20 },
    SessionsAway: { metric: ofRunners(stage, 'SessionsAwayPercent', 'Maximum', MINUTE), at: 50, periods: 10 },
    DecryptFailures: { metric: ofRunners(stage, 'DecryptFailures', 'Sum'), at: 20 },
    ShardsUnowned: { metric: counted(stage, 'reconcile', 'ShardsUnowned', 'Maximum', MINUTE), at: 1, periods: 5 },
    CommandsStuck: { metric: counted(stage, 'reconcile', 'CommandsStuck', 'Maximum', MINUTE), at: 1, periods: 15 },
    SweeperSilent: {
      metric: (functions.Webhooks as IFunction).metricInvocations({ period: FIVE_MINUTES }),
      at: 1,
      below: true,
      periods: 2,
      silenceIsBad: true,
    },
  };
}

/** What runners count (runner/emf.ts). */
function ofRunners(stage: string, metricName: string, statistic: string, period = FIVE_MINUTES): Metric {
  return counted(stage, 'runner', metricName, statistic, period);
}

/** What a service counts in its log (functions/metrics.ts, runner/emf.ts). */
function counted(stage: string, service: string, metricName: string, statistic: string, period = FIVE_MINUTES): Metric {
  const dimensionsMap = { service, stage };
  return new Metric({ namespace: METRICS_NAMESPACE, metricName, dimensionsMap, statistic, period });
}

function requestsRefused(stage: string): Metric {
  const metricName = `RequestsRefused-${stage}`;
  return new Metric({ namespace: METRICS_NAMESPACE, metricName, statistic: 'Sum', period: FIVE_MINUTES });
}

/** Without those whose errors other alarms tell: the API's answers, and queues whose messages wait or are buried. */
function unwatched({ Api: _api, Intake: _intake, Events: _events, ...others }: Record<string, IFunction>) {
  return others;
}

/** Every task reports its CPU once a minute: as many values, as many tasks. */
function runnersAtWork(service: FargateService): Metric {
  return service.metricCpuUtilization({ period: MINUTE, statistic: 'SampleCount', label: 'runners' });
}

function total(functions: Record<string, IFunction>, of: (fn: IFunction) => IMetric): MathExpression {
  return sumOf(Object.values(functions).map(of));
}

function throttledRows(tables: Record<string, TableV2>): MathExpression {
  const names = ['ReadThrottleEvents', 'WriteThrottleEvents'];
  return sumOf(
    Object.values(tables).flatMap((table) =>
      names.map((name) => table.metric(name, { period: FIVE_MINUTES, statistic: 'Sum' })),
    ),
  );
}

/** Filled up with zeros: where one of them has no value (a Lambda that runs once a month), a plain sum has none either. */
function sumOf(metrics: readonly IMetric[]): MathExpression {
  const usingMetrics = Object.fromEntries(metrics.map((metric, n) => [`m${n}`, metric]));
  const expression = Object.keys(usingMetrics)
    .map((name) => `FILL(${name}, 0)`)
    .join(' + ');
  return new MathExpression({ expression, usingMetrics, period: FIVE_MINUTES });
}

function kebab(name: string): string {
  return name.replace(/(?<=.)(?=[A-Z])/g, '-').toLowerCase();
}
