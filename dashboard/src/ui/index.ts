/** What nearly every page needs. `menu.tsx`, `table.tsx`, `tabs.tsx` and `chart.tsx` are imported by themselves: they weigh more. */
export { Button, LinkButton } from './button.tsx';
export { CodeBlock, Copyable, CopyButton } from './copy.tsx';
export { Confirm, ConfirmByTyping, Dialog, DialogActions, FormDialog } from './dialog.tsx';
export { faultsOf, useErrorText } from './errors.ts';
export { Badge, EmptyState, ErrorBox, Loading, Note, Tag, type Tone } from './feedback.tsx';
export { Choices, Field, Input, Select, Switch, TextArea } from './field.tsx';
export { Actions, Card, Facts, Grid, Page, Stack } from './layout.tsx';
export { NoInstance } from './no-instance.tsx';
export { Sparkline } from './sparkline.tsx';
export { toast } from './toast.tsx';
