import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { Button, Dialog, DialogActions, Field, Input } from '../../ui/index.ts';
import { pathOf } from './names.ts';

const SHORTEST = 7;
const LONGEST = 15;

/** Asks for a number, and opens the conversation with it. */
export function NewChat({ name, onClose }: { name: string; onClose: () => void }) {
  const { t } = useTranslation('conversations');
  const [, navigate] = useLocation();
  const [number, setNumber] = useState('');
  const [isWrong, setWrong] = useState(false);
  const open = () => {
    const digits = number.replace(/^\s*(\+|00)/, '').replace(/[\s().-]/g, '');
    if (!/^\d+$/.test(digits) || digits.length < SHORTEST || digits.length > LONGEST) return setWrong(true);
    onClose();
    navigate(pathOf(name, `${digits}@s.whatsapp.net`));
  };
  return (
    <Dialog title={t('newChat.title')} onClose={onClose}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          open();
        }}
      >
        <Field label={t('newChat.number')} hint={t('newChat.hint')} error={isWrong ? t('newChat.wrong') : undefined}>
          <Input
            type="tel"
            autoComplete="off"
            placeholder="+62 812 3456 7890"
            value={number}
            onChange={(event) => {
              setNumber(event.target.value);
              setWrong(false);
            }}
          />
        </Field>
        <DialogActions>
          <Button type="submit" kind="primary">
            {t('newChat.action')}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
