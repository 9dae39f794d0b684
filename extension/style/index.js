import './base.css';
import './usage.css';
import './skills.css';
import './exchange.css';
import './workflow.css';
import './building.css';
