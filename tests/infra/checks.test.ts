import { CloudFormationValidatePlugin } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACKNOWLEDGEMENTS, type Acknowledgement } from './acknowledgements.ts';
import { type Synthesized, synthesize } from './support.ts';

let made: Synthesized;
beforeAll(() => {
  made = synthesize();
});
afterAll(() => made.remove());

describe('cdk-nag', () => {
  it('finds nothing in the packs AwsSolutions and Serverless but what is acknowledged with its reason', () => {
    const findings = [new AwsSolutionsChecks(), new ServerlessChecks()].flatMap((pack) =>
      pack
        .validateScope(made.app)
        .violations.flatMap(({ ruleName, violatingResources }) =>
          violatingResources.map(({ constructPath }) => ({ rule: ruleName, path: constructPath ?? '' })),
        ),
    );
    expect(findings.length).toBeGreaterThan(20);
    const used = new Set<Acknowledgement>();
    const open = findings.filter(({ rule, path }) => {
      const acknowledged = ACKNOWLEDGEMENTS.find(
        (known) =>
          (typeof known.rule === 'string' ? known.rule === rule : known.rule.test(rule)) && known.at.test(path),
      );
      if (acknowledged) used.add(acknowledged);
      return !acknowledged;
    });
    expect(open).toEqual([]);
    expect(ACKNOWLEDGEMENTS.filter((known) => !used.has(known))).toEqual([]);
  });
});

describe("CloudFormation's own validation", () => {
  it('finds nothing', () => {
    const { stacks } = made.app.synth();
    expect(stacks.length).toBe(2);
    const report = new CloudFormationValidatePlugin().validate({
      templatePaths: stacks.map(({ templateFullPath }) => templateFullPath),
      stackTemplates: stacks.map((stack) => ({
        templatePath: stack.templateFullPath,
        stackConstructPath: stack.hierarchicalId,
        accountId: undefined,
        region: stack.environment.region,
      })),
      appConstruct: made.app,
    });
    expect(report.violations.map(({ ruleName, description }) => `${ruleName}: ${description}`)).toEqual([]);
    expect(report.success).toBe(true);
  });
});
