/** The parser worker of the single binary. It waits at the top of its module, which no bytecode can: hence the import. */
void import('../src/worker/main.ts');
