// The binary of a function, as `make package` leaves it.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Code } from "aws-cdk-lib/aws-lambda";
import type { Config, FunctionName } from "./config.ts";

/** What a binary for Linux says, from its 19th byte on, of the machine that it is for. */
const MACHINES: Record<number, Config["architecture"]> = { 0x3e: "x86_64", 0xb7: "arm64" };
const MACHINE_AT = 18;

/** Where the binaries lie: `<folder>/<function>/bootstrap`. */
export class Artifacts {
  constructor(private readonly folder: string) {}

  /** The code of a function, or an error that says how to build it. */
  code(name: FunctionName, architecture: Config["architecture"]): Code {
    const folder = join(this.folder, name);
    const binary = join(folder, "bootstrap");
    const build = `run \`make package ARCHITECTURE=${architecture}\` at the root of the project`;
    if (!existsSync(binary)) {
      throw new Error(
        `${binary} is not there: the function ${name} was not built; ${build}, or name the ` +
          "folder that has it with `--context artifacts=FOLDER`",
      );
    }
    const machine = MACHINES[readFileSync(binary).readUInt16LE(MACHINE_AT)];
    if (machine !== architecture) {
      throw new Error(
        `${binary} is built for ${machine ?? "another machine"}, and the configuration says ` +
          `${architecture}; ${build}, or change "architecture"`,
      );
    }
    return Code.fromAsset(folder);
  }
}
