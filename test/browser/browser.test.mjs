// All browser tests, in one browser and on one site, one after the other.
import "./flows.test.mjs";
import "./files.test.mjs";
import "./import.test.mjs";
import "./pages.test.mjs";
import { finish } from "./harness.mjs";

await finish();
