// The binary of a function, as `make package` leaves it.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Code } from "aws-cdk-lib/aws-lambda";
import type { FunctionName } from "./config.ts";

/** Where the binaries lie: `<folder>/<function>/bootstrap`. */
export class Artifacts {
  constructor(private readonly folder: string) {}

  /** The code of a function, or an error that says how to build it. */
  code(name: FunctionName): Code {
    const folder = join(this.folder, name);
    if (!existsSync(join(folder, "bootstrap"))) {
      throw new Error(
        `${join(folder, "bootstrap")} is not there: the function ${name} was not built. Run ` +
          "`make package` at the root of the project (`make package-here` for the emulator), or " +
          "name the folder that has it with `--context artifacts=FOLDER`.",
      );
    }
    return Code.fromAsset(folder);
  }
}
