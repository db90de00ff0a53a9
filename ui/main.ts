import './elements/app.ts';
import { applyTheme, chosenTheme } from './theme.ts';

applyTheme(chosenTheme());
