// The Dashboard app's beginning: opens the bridge and shows the screen that the address names.
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/screens.css";
import "./styles/tree.css";

import { render } from "preact";

import { App } from "./app";
import { openBridge } from "./frame/bridge";

openBridge();
render(<App />, document.getElementById("app")!);
