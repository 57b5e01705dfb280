/*
 * What a provider, or who says to be one, sends: the input as a whole token,
 * as the claims behind a signature that was right, and as the set of keys
 * that a token is checked against.
 */
#include <stdlib.h>
#include <string.h>

#include "out/idtoken.h"
#include "out/jwk.h"
#include "text/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The key and the token of RFC 7515, A.2. */
static const char keys[] =
    "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"k\",\"use\":\"sig\",\"e\":\"AQAB\","
    "\"n\":\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp"
    "-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b3269"
    "0r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo"
    "7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK"
    "-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ\"}]}";
static const char token[] =
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0"
    "dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__"
    "dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJd"
    "bF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkS"
    "jtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6Bf"
    "I7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp"
    "0igcN_IoypGlUPQGe77Rw";
static const char *const algorithms[] = {"RS256", "PS256", NULL};

static void expect(bool ok)
{
    if (!ok)
        abort();
}

static void expect_text(const char *s)
{
    expect(s != NULL && utf8_valid(s, strlen(s)));
}

static void look_at(const struct idtoken *t)
{
    size_t n = 0;
    expect_text(t->subject);
    expect(t->subject[0] != '\0' && strlen(t->subject) <= MAX_SUBJECT_BYTES);
    expect_text(t->email);
    expect_text(t->username);
    expect_text(t->name);
    while (t->roles[n] != NULL)
        expect_text(t->roles[n++]);
    expect(n <= MAX_OIDC_ROLES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(64 << 20, NULL, NULL);
    const char *text = arena_dup(a, (const char *)data, size);
    struct idtoken_rules r = {.issuer = "joe",
                              .client_id = "pt",
                              .nonce = "n",
                              .tenant = size % 2 == 0 ? "" : "T",
                              .algorithms = algorithms,
                              .roles_claim = "roles",
                              .keys = keys,
                              .n_keys = sizeof(keys) - 1,
                              .now = 1300819300};
    struct idtoken t;
    struct err_note why;
    EVP_PKEY *key;
    /* nobody signs what has not been made here */
    expect(idtoken_verify(a, &r, text, &t, &why) != ERR_OK);
    if (idtoken_claims(a, &r, text, size, &t, &why) == ERR_OK)
        look_at(&t);
    if (jwk_find(a, text, size, "k", "RS256", &key) == ERR_OK)
        expect(key != NULL);
    r.keys = text;
    r.n_keys = size;
    expect(idtoken_verify(a, &r, token, &t, &why) != ERR_OK);
    arena_free(a);
    return 0;
}
