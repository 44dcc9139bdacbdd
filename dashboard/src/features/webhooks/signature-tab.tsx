import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Webhook } from '../../api/types.ts';
import { Card, CodeBlock } from '../../ui/index.ts';
import { Tabs } from '../../ui/tabs.tsx';
import { codeFor, SAMPLES, type Sample } from './code-samples.ts';
import styles from './webhooks.module.css';

/** How a receiver knows that a call is ours: the rule in four steps, and code that runs. */
export function SignatureTab({ webhook }: { webhook: Webhook }) {
  const { t } = useTranslation('webhooks');
  const [language, setLanguage] = useState<Sample>('node');
  return (
    <div className="stack">
      <Card title={t('signature.title')}>
        <p>{t('signature.text')}</p>
        <ol className={styles.steps}>
          <li>{t('signature.step1')}</li>
          <li>{t('signature.step2')}</li>
          <li>{t('signature.step3')}</li>
          <li>{t('signature.step4')}</li>
        </ol>
        <p>{t('signature.simple')}</p>
      </Card>
      <Card title={t('signature.code')}>
        <p>{t('signature.env')}</p>
        <Tabs
          label={t('signature.code')}
          value={language}
          onChange={(next) => setLanguage(next as Sample)}
          tabs={Object.entries(SAMPLES).map(([value, label]) => ({
            value,
            label,
            content: (
              <div className="stack">
                {value === 'shell' && <p>{t('signature.shell')}</p>}
                <CodeBlock label={label} code={codeFor(value as Sample, webhook.url)} />
              </div>
            ),
          }))}
        />
      </Card>
    </div>
  );
}
