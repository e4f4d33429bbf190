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
import { receiveAnswer } from './login.js';

// Before anything is shown or requested, as the URL may have a code.
receiveAnswer();
const root = document.getElementById('app');
if (root !== null) render(<App />, root);
