import './base.css';
import './common.css';
import './logs.css';
import './nodes.css';
import './messages.css';
import './rounds.css';
import './sidebar.css';
