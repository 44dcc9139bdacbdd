import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudFormationValidatePlugin } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { ACKNOWLEDGEMENTS, type Acknowledgement } from './acknowledgements.ts';
import { standardStacks } from './support.ts';

const made = standardStacks();

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
    const folder = mkdtempSync(join(tmpdir(), 'switchboard-checks-'));
    const stackTemplates = stacks.map(({ stackName, template, hierarchicalId, environment }) => {
      const templatePath = join(folder, `${stackName}.json`);
      writeFileSync(templatePath, JSON.stringify(template));
      return { templatePath, stackConstructPath: hierarchicalId, accountId: undefined, region: environment.region };
    });
    const templatePaths = stackTemplates.map(({ templatePath }) => templatePath);
    const report = new CloudFormationValidatePlugin().validate({
      ...{ templatePaths, stackTemplates, appConstruct: made.app },
    });
    rmSync(folder, { recursive: true });
    expect(report.violations.map(({ ruleName, description }) => `${ruleName}: ${description}`)).toEqual([]);
    expect(report.success).toBe(true);
  });
});
