// Plays the cases in the module that is named, and ends with its exit code.
import { readFile } from "node:fs/promises";
import { argv, exit } from "node:process";

const bytes = await readFile(argv[2]);
// It imports nothing: no clock, no random numbers, no output.
const { instance } = await WebAssembly.instantiate(bytes, {});
const { memory, play, text, text_length } = instance.exports;
const said = () => new TextDecoder().decode(new Uint8Array(memory.buffer, text(), text_length()));

const start = performance.now();
try {
    const code = play();
    console.log(said());
    console.log(`${(performance.now() - start).toFixed(0)} ms, ${bytes.length} bytes of WebAssembly`);
    exit(code);
} catch (trap) {
    console.log(said());
    throw trap;
}
