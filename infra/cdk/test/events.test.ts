// What the product tells is as its schemas say.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { OUTGOING } from "../lib/bus.ts";

const EVENTS = join("..", "..", "events");

function read(...path: string[]): any {
  return JSON.parse(readFileSync(join(EVENTS, ...path), "utf8"));
}

// The formats are for people and for whoever makes types of them.
const validator = new Ajv2020({ allErrors: true, strict: false, validateFormats: false });

for (const kind of OUTGOING) {
  test(`the sample of ${kind} is as its schema says, and a broken one is not`, () => {
    const validate = validator.compile(read("schemas", `${kind}.schema.json`));
    const sample = read("samples", "published", `${kind}.json`);
    assert.ok(validate(sample), JSON.stringify(validate.errors));
    const broken: ((event: any) => void)[] = [
      (event) => { event.source = "shop.demo"; },
      (event) => { event["detail-type"] = "OrderPaid"; },
      (event) => { event.detail.metadata.version = "2"; },
      (event) => { delete event.detail.metadata.id; },
      (event) => { event.detail.data = {}; },
      (event) => { event.detail.metadata.correlation_id = 7; },
    ];
    for (const change of broken) {
      const event = structuredClone(sample);
      change(event);
      assert.ok(!validate(event), `${change} is not seen`);
    }
  });
}
