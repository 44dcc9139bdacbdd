/** What is shown in place of the dashboard while it is being built, or when that failed. No script: it reloads itself. */
const STYLE = `body{font:16px/1.5 system-ui,sans-serif;margin:0;min-height:100vh;display:grid;place-items:center;
background:#f4f6f5;color:#14201b}main{max-width:34rem;padding:2rem}h1{font-size:1.4rem;margin:0 0 .5rem}
code{background:rgba(120,140,130,.18);padding:.1em .35em;border-radius:.3em}
@media(prefers-color-scheme:dark){body{background:#101614;color:#e6eeea}}`;

const RELOAD_SECONDS = 2;

const WAITING = {
  building: {
    title: 'The dashboard is being built',
    text: '<p>This takes some seconds after an installation or an update. The page opens by itself.</p>',
  },
  failed: {
    title: 'The dashboard could not be built',
    text: '<p>The API works. <code>npm run dashboard:build</code> says what is wrong.</p>',
  },
};

export const WAITING_STYLE = STYLE;

/** The whole page, in HTML. */
export function waitingPage(state: keyof typeof WAITING): string {
  const { title, text } = WAITING[state];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="${RELOAD_SECONDS}">
<title>Switchboard</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/dashboard-waiting.css">
</head>
<body>
<main role="status">
<h1>${title}</h1>
${text}
<p><a href="/api/docs">API reference</a></p>
</main>
</body>
</html>
`;
}
