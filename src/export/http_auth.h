/*
 * http_auth: who may read. Basic authentication (RFC 7617) against bcrypt hashes.
 *
 * A hash is made to be slow: 50 ms for the usual cost. So what was verified once is remembered,
 * under a key that only this process knows, and told apart from anything else by its lengths
 * (CVE-2022-46146 is what comes of gluing a user and a password together). Someone unknown costs
 * the same time as a wrong password, and how often anybody may cause that work is limited.
 */
#ifndef DOMTOP_HTTP_AUTH_H
#define DOMTOP_HTTP_AUTH_H

#include "../base.h"

#define AUTH_USER 128 /* bytes of a user's name, NUL included */

struct auth_user {
    char name[AUTH_USER];
    char hash[128]; /* "$2y$10$..." */
};

enum auth_verdict {
    AUTH_GRANTED,
    AUTH_DENIED, /* no credentials, malformed ones, or ones found wrong */
    AUTH_UNSURE, /* auth_verify() will tell */
    AUTH_LATER,  /* too many wanted to be verified just now */
};

struct auth;

struct auth *auth_new(void);
void auth_free(struct auth *a);

/* Who there is, from now on; copied. None: everybody may read. What was remembered is forgotten. */
void auth_set_users(struct auth *a, const struct auth_user *users, size_t count);
bool auth_wanted(struct auth *a);

/* What an Authorization header (NULL: none) is worth, without slow work. user: whose it is. */
enum auth_verdict auth_check(struct auth *a, const char *header, char user[AUTH_USER]);

/* The slow work: granted or denied. Any thread; one at a time. */
enum auth_verdict auth_verify(struct auth *a, const char *header, char user[AUTH_USER]);

/* Whether text is a bcrypt hash that crypt(3) here knows. */
bool auth_is_hash(const char *text);

#endif
