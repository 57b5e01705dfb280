/*
 * replay - runs a fuzz target over files, without a fuzzer.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path)
{
    enum { MAX_INPUT_BYTES = 4 << 20 };
    FILE *f = fopen(path, "rb");
    uint8_t *data = malloc(MAX_INPUT_BYTES);
    if (f == NULL || data == NULL) {
        perror(path);
        return EXIT_FAILURE;
    }
    size_t n = fread(data, 1, MAX_INPUT_BYTES, f);
    fclose(f);
    /* a block of exactly that size: the sanitizer sees a byte too far */
    uint8_t *exact = malloc(n > 0 ? n : 1);
    for (size_t i = 0; exact != NULL && i < n; i++)
        exact[i] = data[i];
    free(data);
    if (exact != NULL)
        LLVMFuzzerTestOneInput(exact, n);
    free(exact);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    int status = EXIT_SUCCESS;
    for (int i = 1; i < argc; i++)
        if (replay(argv[i]) != EXIT_SUCCESS)
            status = EXIT_FAILURE;
    return status;
}
