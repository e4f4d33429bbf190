import { render } from 'preact';
import './styles/tokens.css';
import './styles/shell.css';
import './styles/controls.css';
import './styles/panels.css';
import './styles/parts.css';
import './styles/forms.css';
import './styles/pages.css';
import './styles/agents.css';
import { App } from './app.js';
import { consoleUrl } from './base.js';
import { receiveAnswer } from './login.js';

// Browsers resolve it again, against the address of each page.
const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]');
if (icon !== null) icon.href = new URL('icon.svg', consoleUrl).href;

// Before anything is shown or requested, as the URL may have a code.
receiveAnswer();
const root = document.getElementById('app');
if (root !== null) render(<App />, root);
