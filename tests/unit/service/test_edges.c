/*
 * test_edges - the test clock's file, roles, the log's escapes, our own socket: what comes from outside and is not
 * to be trusted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mappad/access.h"
#include "mappad/listener.h"
#include "mappad/log.h"
#include "mappad/loop.h"
#include "mappad/wallclock.h"
#include "mappad/watchfile.h"

static char folder[] = "/tmp/mappad-edges-XXXXXX";

static void path_of(char path[static 64], const char *name)
{
        snprintf(path, 64, "%s/%s", folder, name);
}

static void put_file(const char *name, const char *bytes, size_t length)
{
        char path[64];

        path_of(path, name);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        assert_int_equal(fwrite(bytes, 1, length, file), length);
        assert_int_equal(fclose(file), 0);
}

static int make_folder(void **state)
{
        (void)state;
        return mkdtemp(folder) == NULL || wallclock_zone("UTC") != STATUS_OK;
}

static int remove_folder(void **state)
{
        static const char *const names[] = {"clock", "new", "socket"};
        char path[64];

        (void)state;
        for (size_t i = 0; i < 3; i++) {
                path_of(path, names[i]);
                (void)unlink(path);
        }
        return rmdir(folder);
}

/* ---- the test clock ---- */

static const struct {
        const char *why, *bytes;
        size_t length;
} no_clocks[] = {
        {"empty", "", 0},
        {"blanks", " \n\n", 3},
        {"torn", "2023-03-0", 9},
        {"torn before its zone", "2023-03-01T09:00:00", 19},
        {"a date alone", "2023-03-01\n", 11},
        {"words", "tomorrow morning\n", 17},
        {"a NUL behind it", "2023-03-01T09:00:00Z\0", 21},
        {"two instants", "2023-03-01T09:00:00Z\n2023-03-02T09:00:00Z\n", 42},
        {"bytes", "\xFF\xFE\x00\x01", 4},
        {"far too long", "2023-03-01T09:00:00Z                                                        ", 76},
        {"a day that does not exist", "2023-02-29T09:00:00Z\n", 21},
};

static void a_file_without_an_instant_is_no_clock(void **state)
{
        char path[64];
        struct wallclock *clock = NULL;

        (void)state;
        path_of(path, "clock");
        assert_int_equal(wallclock_new(path, &clock), STATUS_IO);
        for (size_t i = 0; i < sizeof no_clocks / sizeof no_clocks[0]; i++) {
                put_file("clock", no_clocks[i].bytes, no_clocks[i].length);
                if (wallclock_new(path, &clock) != STATUS_INVALID || clock != NULL)
                        fail_msg("%s: taken for a clock", no_clocks[i].why);
        }
        assert_int_equal(wallclock_new(folder, &clock), STATUS_IO);
}

static void replace_clock(const char *text)
{
        char from[64], to[64];

        put_file("new", text, strlen(text));
        path_of(from, "new");
        path_of(to, "clock");
        assert_int_equal(rename(from, to), 0);
}

static void time_moves_when_the_file_does_and_stands_when_it_is_broken(void **state)
{
        char path[64];
        struct wallclock *clock = NULL;
        bool changed = false;

        (void)state;
        path_of(path, "clock");
        put_file("clock", " 2023-03-01T09:00:00+01:00\r\n", 28);
        assert_int_equal(wallclock_new(path, &clock), STATUS_OK);
        assert_true(wallclock_now(clock).ms == INT64_C(1677657600000));
        assert_int_equal(wallclock_now(clock).today, 19417);

        replace_clock("2023-03-02T00:00:00Z\n");
        assert_true(wallclock_now(clock).ms == INT64_C(1677657600000));        /* not before it was read */
        assert_int_equal(wallclock_read(clock, &changed), STATUS_OK);
        assert_true(changed);
        assert_int_equal(wallclock_now(clock).today, 19418);

        for (size_t i = 0; i < sizeof no_clocks / sizeof no_clocks[0]; i++) {
                put_file("clock", no_clocks[i].bytes, no_clocks[i].length);
                assert_int_equal(wallclock_read(clock, &changed), STATUS_INVALID);
                assert_false(changed);
                wallclock_turn(clock);
                assert_int_equal(wallclock_now(clock).today, 19418);
        }
        assert_int_equal(unlink(path), 0);
        assert_int_equal(wallclock_read(clock, &changed), STATUS_OK);
        assert_int_equal(wallclock_now(clock).today, 19418);

        replace_clock("2023-02-28T00:00:00Z\n");       /* backwards too: what that means is not decided here */
        assert_int_equal(wallclock_read(clock, &changed), STATUS_OK);
        assert_true(changed);
        assert_int_equal(wallclock_now(clock).today, 19416);
        replace_clock("2023-02-28T00:00:00Z\n");       /* the same again is no change */
        assert_int_equal(wallclock_read(clock, &changed), STATUS_OK);
        assert_false(changed);
        wallclock_free(clock);
}

/* ---- roles ---- */

static const struct {
        const char *why;
        uid_t uid;
        gid_t groups[4];
        size_t count;
        enum role role;
} peers[] = {
        {"root", 0, {0}, 0, ROLE_ADMIN},
        {"nobody in no group", 65534, {0}, 0, ROLE_NONE},
        {"a group of no role", 1000, {1000, 7}, 2, ROLE_NONE},
        {"the number 0 as a group is not root", 1000, {0}, 1, ROLE_NONE},
        {"a reader", 1000, {100}, 1, ROLE_READER},
        {"a reader by the second group of readers", 1000, {7, 101}, 2, ROLE_READER},
        {"a writer", 1000, {7, 8, 200}, 3, ROLE_WRITER},
        {"an admin", 1000, {300}, 1, ROLE_ADMIN},
        {"the highest counts", 1000, {100, 200, 300}, 3, ROLE_ADMIN},
        {"in either order", 1000, {200, 100}, 2, ROLE_WRITER},
        {"groups that nobody looks at", 1000, {300}, 0, ROLE_NONE},
        {"a uid that is the number of an admins' group", 300, {7}, 1, ROLE_NONE},
        {"the largest number", 1000, {(gid_t)-1}, 1, ROLE_NONE},
};

static void a_watch_file_is_whole_or_stays_as_it_was(void **state)
{
        char path[64], text[64] = "", longest[WATCHFILE_PATH_MAX + 1];
        struct stat found;

        (void)state;
        path_of(path, "swept");
        assert_int_equal(watchfile_write(path, INT64_C(1680161400250)), STATUS_OK);
        assert_int_equal(watchfile_write(path, INT64_C(1680161400250) + 86400000), STATUS_OK);
        int fd = open(path, O_RDONLY);
        assert_int_equal(read(fd, text, sizeof text), 25);
        close(fd);
        assert_string_equal(text, "2023-03-31T07:30:00.250Z\n");
        assert_int_equal(stat(path, &found), 0);
        assert_int_equal(found.st_mode & 0777, 0644);
        assert_int_equal(unlink(path), 0);
        path_of(path, "none/swept");
        assert_int_equal(watchfile_write(path, 0), STATUS_IO);
        memset(longest, 'x', sizeof longest - 1);
        longest[sizeof longest - 1] = '\0';
        assert_int_equal(watchfile_write(longest, 0), STATUS_LIMIT);
        if (access("/dev/full", W_OK) == 0) {
                path_of(path, "swept.new");
                assert_int_equal(symlink("/dev/full", path), 0);
                path_of(path, "swept");
                assert_int_equal(watchfile_write(path, 0), STATUS_INVALID); /* a link is not followed */
                path_of(path, "swept.new");
                assert_int_equal(unlink(path), 0);
        }
}

static void put(const char *path, const char *text, size_t length)
{
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

        assert_int_equal(write(fd, text, length), length);
        close(fd);
}

/* A name in a configuration may be that of any file: what is not the time of a sweep is left alone. */
static void a_watch_file_takes_the_place_of_nothing_else(void **state)
{
        static const struct {
                const char *text;
                size_t length;
                enum status expected[2]; /* of the file itself; of what lies beside it */
        } rows[] = {
                {"", 0, {STATUS_OK, STATUS_OK}},
                {"2023-03-31T07:30:00.250Z\n", 25, {STATUS_OK, STATUS_OK}},
                {"2023-03-31T07:", 14, {STATUS_INVALID, STATUS_OK}}, /* a crash before it was whole */
                {"2023-03-31\0\0\0", 13, {STATUS_INVALID, STATUS_OK}},
                {"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 25, {STATUS_INVALID, STATUS_OK}},
                {"2023-03-31T07:30:00.250Z\n1", 26, {STATUS_INVALID, STATUS_INVALID}},
                {"SQLite format 3\0", 16, {STATUS_INVALID, STATUS_INVALID}},
                {"4711\n", 5, {STATUS_INVALID, STATUS_OK}}, /* of a process, say */
                {"2023-01-01\n", 11, {STATUS_INVALID, STATUS_OK}},
                {"42 beans\n", 9, {STATUS_INVALID, STATUS_INVALID}},
        };
        static const char *const places[] = {"swept", "swept.new"};
        char path[64], place[64], text[64];

        (void)state;
        path_of(path, "swept");
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                for (size_t k = 0; k < 2; k++) {
                        path_of(place, places[k]);
                        put(place, rows[i].text, rows[i].length);
                        assert_int_equal(watchfile_write(path, 0), rows[i].expected[k]);
                        int fd = open(place, O_RDONLY);
                        assert_true(rows[i].expected[k] == STATUS_OK || read(fd, text, sizeof text) == (ssize_t)rows[i].length);
                        assert_true(rows[i].expected[k] == STATUS_OK || memcmp(text, rows[i].text, rows[i].length) == 0);
                        close(fd);
                        (void)unlink(place);
                }
                (void)unlink(path);
        }
        assert_int_equal(mkdir(path, 0700), 0);
        assert_int_equal(watchfile_write(path, 0), STATUS_INVALID);
        assert_int_equal(rmdir(path), 0);
}

static void a_role_is_granted_by_a_list_and_by_nothing_else(void **state)
{
        static const struct access_policy policy = {.readers = {{100, 101}, 2}, .writers = {{200}, 1}, .admins = {{300}, 1}};
        static const struct access_policy nothing;

        (void)state;
        for (size_t i = 0; i < sizeof peers / sizeof peers[0]; i++) {
                const struct permit_asker asker = {peers[i].uid, peers[i].groups, peers[i].count};
                if (permit_role(&asker, &policy) != peers[i].role)
                        fail_msg("%s: not %s", peers[i].why, role_word(peers[i].role));
                enum role bare = permit_role(&asker, &nothing);
                assert_int_equal(bare, peers[i].uid == 0 ? ROLE_ADMIN : ROLE_NONE);
        }
}

static void a_peer_has_a_bit_for_each_group_of_a_list_that_it_is_in(void **state)
{
        static const struct access_group_list list = {{10, (gid_t)-1, 12, 13}, 4};
        static const gid_t groups[] = {7, 13, (gid_t)-1, 10};

        (void)state;
        /* one that the system does not know is nobody's */
        assert_int_equal(permit_groups(&(struct permit_asker){1, groups, 4}, &list), 1 | 8);
        assert_int_equal(permit_groups(&(struct permit_asker){1, groups, 1}, &list), 0);
        assert_int_equal(permit_groups(&(struct permit_asker){1, NULL, 0}, &list), 0);
}

static void a_name_of_no_group_adds_none_and_a_list_has_an_end(void **state)
{
        struct access_group_list list = {.count = 0};
        int known = 1;

        (void)state;
        assert_int_equal(access_add_group(&list, "mappa-no-such-group", &known), STATUS_OK);
        assert_int_equal(known, 0);
        assert_int_equal(list.count, 0);
        for (size_t i = 0; i < ACCESS_GROUPS_MAX; i++)
                assert_int_equal(access_add_group(&list, "root", &known), STATUS_OK);
        assert_int_equal(known, 1);
        assert_int_equal(list.groups[0], 0);
        assert_int_equal(access_add_group(&list, "root", &known), STATUS_LIMIT);
        assert_int_equal(list.count, ACCESS_GROUPS_MAX);
}

/* In a process of another user: whether the kernel's word about it is what identify says. */
static int be_somebody(const struct access_policy *policy, gid_t primary, gid_t other, enum role wanted)
{
        int pair[2];
        struct peer peer;

        if (setgroups(1, &other) != 0 || setgid(primary) != 0 || setuid(65534) != 0)
                return 77;
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0 || access_identify(pair[0], policy, &peer) != STATUS_OK)
                return 1;
        return peer.uid == 65534 && peer.pid == getpid() && peer.role == wanted && strcmp(peer.name, "nobody") == 0 ? 0 : 2;
}

static void a_peer_has_its_primary_and_its_other_groups(void **state)
{
        static const struct access_policy policy = {.readers = {{20100}, 1}, .writers = {{20200}, 1}};
        static const struct {
                gid_t primary, other;
                enum role role;
        } table[] = {{65534, 65534, ROLE_NONE}, {20100, 65534, ROLE_READER}, {65534, 20100, ROLE_READER}, {20100, 20200, ROLE_WRITER},
                     {20200, 20100, ROLE_WRITER}};

        (void)state;
        for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
                int status = 0;
                pid_t child = fork();

                if (child == 0)
                        _exit(be_somebody(&policy, table[i].primary, table[i].other, table[i].role));
                assert_int_equal(waitpid(child, &status, 0), child);
                assert_true(WIFEXITED(status));
                if (WEXITSTATUS(status) == 77)
                        skip();
                assert_int_equal(WEXITSTATUS(status), 0);
        }
}

static void what_is_no_connected_socket_identifies_nobody(void **state)
{
        static const struct access_policy policy;
        struct peer peer = {.role = ROLE_NONE};
        int fd = open("/dev/null", O_RDONLY);

        (void)state;
        assert_int_equal(access_identify(-1, &policy, &peer), STATUS_IO);
        assert_int_equal(access_identify(fd, &policy, &peer), STATUS_IO);
        assert_int_equal(peer.role, ROLE_NONE);
        close(fd);
}

/* ---- the log ---- */

static void no_byte_of_a_client_writes_a_line_of_the_log(void **state)
{
        static const struct {
                const char *bytes, *text;
        } table[] = {
                {"plain text", "plain text"},
                {"a\nb", "a\\x0ab"},
                {"a\r\nMAPPA_CASE=X", "a\\x0d\\x0aMAPPA_CASE=X"},
                {"\x1b[2J", "\\x1b[2J"},
                {"back\\slash", "back\\\\slash"},
                {"\\x0a", "\\\\x0a"},
                {"caf\xC3\xA9", "caf\xC3\xA9"},
                {"\xE9", "\\xe9"},
                {"\xC2\x9B", "\\xc2\\x9b"},
                {"\xE2\x80\xAE", "\\xe2\\x80\\xae"},
                {"\xE2\x80\xA8", "\\xe2\\x80\\xa8"},
                {"\xD8\x9C", "\\xd8\\x9c"},
                {"\xE2\x80\x8F", "\\xe2\\x80\\x8f"},
                {"\xEF\xBB\xBF", "\\xef\\xbb\\xbf"},
                {"\xF3\xA0\x81\x81", "\\xf3\\xa0\\x81\\x81"},
                {"\x7f", "\\x7f"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
                char text[64];

                log_escape(table[i].bytes, text, sizeof text);
                assert_string_equal(text, table[i].text);
        }
}

static void a_long_line_is_cut_between_characters(void **state)
{
        char text[8];

        (void)state;
        log_escape("abcdef\xC3\xA9", text, sizeof text);
        assert_string_equal(text, "abcdef");
        log_escape("abcde\n", text, sizeof text);
        assert_string_equal(text, "abcde");
        log_escape("abcdefg", text, sizeof text);
        assert_string_equal(text, "abcdefg");
        log_escape("abc", text, 1);
        assert_string_equal(text, "");
}

static void one_call_writes_one_line_whatever_it_holds(void **state)
{
        static char huge[3 * LOG_LINE_MAX];
        struct log_field fields[LOG_FIELDS_MAX + 2];
        int pipes[2], kept = dup(STDERR_FILENO);
        char line[8 * LOG_LINE_MAX];

        (void)state;
        memset(huge, '\n', sizeof huge - 1);
        for (size_t i = 0; i < LOG_FIELDS_MAX + 2; i++)
                fields[i] = (struct log_field){"FIELD", i % 2 == 0 ? huge : "a\nb"};
        assert_int_equal(pipe(pipes), 0);
        assert_int_equal(dup2(pipes[1], STDERR_FILENO), STDERR_FILENO);
        log_write(NULL, LOG_LEVEL_ERROR, fields, LOG_FIELDS_MAX + 2, huge);
        log_write(NULL, LOG_LEVEL_ERROR, fields + 1, 1, "a\nline");
        assert_int_equal(dup2(kept, STDERR_FILENO), STDERR_FILENO);
        close(pipes[1]);
        close(kept);
        ssize_t got = read(pipes[0], line, sizeof line - 1);
        close(pipes[0]);
        assert_in_range(got, 1, sizeof line - 1);
        line[got] = '\0';
        char *end = strchr(line, '\n');
        assert_non_null(end);
        assert_string_equal(end + 1, "a\\x0aline MAPPA_FIELD=a\\x0ab\n");
}

/* ---- our own socket ---- */

static void a_socket_is_ours_or_nobodys(void **state)
{
        struct listener first = {.fd = -1}, second = {.fd = -1};
        char path[64], problem[LISTENER_PROBLEM_SIZE] = "", longest[200];
        struct stat file;

        (void)state;
        path_of(path, "socket");
        mode_t mask = umask(0);
        assert_int_equal(listener_open(path, &first, problem), STATUS_OK);
        umask(mask);
        assert_int_equal(stat(path, &file), 0);
        assert_int_equal(file.st_mode & 0777, 0660);
        assert_int_equal(listener_open(path, &second, problem), STATUS_INVALID);
        assert_non_null(strstr(problem, "another process listens there"));

        /* Killed: the file stays, nobody listens, and the next takes it over. */
        close(first.fd);
        first.fd = -1;
        assert_int_equal(listener_open(path, &second, problem), STATUS_OK);
        listener_close(&second);
        assert_int_not_equal(stat(path, &file), 0);

        put_file("socket", "x", 1);
        assert_int_equal(listener_open(path, &first, problem), STATUS_INVALID);
        assert_non_null(strstr(problem, "no socket"));
        assert_int_equal(stat(path, &file), 0);
        memset(longest, 'a', sizeof longest - 1);
        longest[sizeof longest - 1] = '\0';
        assert_int_equal(listener_open(longest, &first, problem), STATUS_INVALID);
        assert_int_equal(listener_open("/nowhere/at/all", &first, problem), STATUS_IO);
}

static void descriptors_rise_to_the_hard_limit_and_no_further(void **state)
{
        (void)state;
        unsigned long long now = listener_descriptors(1);

        assert_true(now >= 1);
        assert_true(listener_descriptors(now) == now);
        assert_true(listener_descriptors(1ULL << 40) >= now);
}

/* ---- turns ---- */

struct counting {
        struct loop *loop;
        int turns, readable, signals;
};

static void count_turn(void *context)
{
        struct counting *counting = context;

        if (++counting->turns == 3)
                loop_stop(counting->loop);
        else
                loop_again(counting->loop);
}

static void count_readable(void *context)
{
        struct counting *counting = context;

        counting->readable++;
}

static void the_hook_runs_after_each_turn_and_after_the_last(void **state)
{
        struct counting counting = {.turns = 0};
        int pipes[2];

        (void)state;
        assert_int_equal(pipe(pipes), 0);
        assert_int_equal(loop_new(&counting.loop), STATUS_OK);
        assert_int_equal(loop_on_readable(counting.loop, pipes[0], count_readable, &counting), STATUS_OK);
        loop_on_turn(counting.loop, count_turn, &counting);
        assert_int_equal(write(pipes[1], "x", 1), 1);
        assert_int_equal(loop_run(counting.loop), STATUS_OK);
        assert_int_equal(counting.turns, 3);
        assert_int_equal(counting.readable, 3);        /* each turn finds it again: nobody reads it */
        loop_free(counting.loop);
        loop_free(NULL);
        close(pipes[0]);
        close(pipes[1]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_file_without_an_instant_is_no_clock),
                cmocka_unit_test(time_moves_when_the_file_does_and_stands_when_it_is_broken),
                cmocka_unit_test(a_watch_file_is_whole_or_stays_as_it_was),
                cmocka_unit_test(a_watch_file_takes_the_place_of_nothing_else),
                cmocka_unit_test(a_role_is_granted_by_a_list_and_by_nothing_else),
                cmocka_unit_test(a_peer_has_a_bit_for_each_group_of_a_list_that_it_is_in),
                cmocka_unit_test(a_name_of_no_group_adds_none_and_a_list_has_an_end),
                cmocka_unit_test(a_peer_has_its_primary_and_its_other_groups),
                cmocka_unit_test(what_is_no_connected_socket_identifies_nobody),
                cmocka_unit_test(no_byte_of_a_client_writes_a_line_of_the_log),
                cmocka_unit_test(a_long_line_is_cut_between_characters),
                cmocka_unit_test(one_call_writes_one_line_whatever_it_holds),
                cmocka_unit_test(a_socket_is_ours_or_nobodys),
                cmocka_unit_test(descriptors_rise_to_the_hard_limit_and_no_further),
                cmocka_unit_test(the_hook_runs_after_each_turn_and_after_the_last),
        };
        return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
