/*
 * sieve - see sieve.h.
 */
#include "sieve.h"

#include "course.h"

#define WORTH_A_MESH 4 /* rules: what bars fewer is cheaper asked of them */
#define WORTH_ALL 2    /* rules about the case for each mesh of which they tell all: then asking none is cheapest */

static void add(uint64_t *set, size_t index)
{
        set[RULE_WORD(index)] |= RULE_BIT(index);
}

/* Whether a version has no answer while an attribute has the value with a bit: a term asks for another, the `unless`
 * has this one and no other term, or it is a date that is not there. */
static bool is_barred(const struct rule_version *version, uint16_t attribute, uint64_t bit)
{
        struct condition applies = version->applies, unless = version->applies_unless;
        for (size_t i = 0; i < applies.count; i++)
                if (applies.terms[i].subject == attribute && (applies.terms[i].mask & bit) == 0)
                        return true;
        if (unless.count == 1 && unless.terms[0].subject == attribute && (unless.terms[0].mask & bit) != 0)
                return true;
        return version->clock == CLOCK_BY_DATE && version->by_date == attribute && bit == VALUE_UNSET &&
               !version_needs(version, attribute);
}

static bool all_barred(const struct rule *rule, uint16_t attribute, uint64_t bit)
{
        bool enabled = false;
        for (size_t i = 0; i < rule->version_count; i++) {
                if (!rule->versions[i].enabled)
                        continue;
                enabled = true;
                if (!is_barred(&rule->versions[i], attribute, bit))
                        return false;
        }
        return enabled;
}

/* The rules barred by each value of an attribute; *ret_most: as many as one value bars. */
static uint64_t *bar(struct ruleset *ruleset, const struct sieve *sieve, uint16_t attribute, size_t values,
                     size_t *ret_most)
{
        uint64_t *barred = arena_array(&ruleset->arena, values * sieve->words, sizeof *barred);
        *ret_most = 0;
        for (size_t v = 0; barred != NULL && v < values; v++) {
                size_t count = 0;
                for (size_t i = 0; i < ruleset->rule_count; i++) {
                        if (!all_barred(&ruleset->rules[i], attribute, UINT64_C(1) << v))
                                continue;
                        add(&barred[v * sieve->words], i);
                        count++;
                }
                *ret_most = count > *ret_most ? count : *ret_most;
        }
        return barred;
}

/* Makes the meshes that bar enough rules. A set may hold several values, so that it bars nothing. */
static bool make_meshes(struct ruleset *ruleset, struct sieve *sieve, size_t enough)
{
        const struct vocabulary *vocabulary = &ruleset->vocabulary;
        struct sieve_mesh *meshes = arena_array(&ruleset->arena, vocabulary->attribute_count, sizeof *meshes);
        if (meshes == NULL)
                return false;
        sieve->mesh_count = 0;
        for (uint16_t i = 0; i < vocabulary->attribute_count; i++) {
                const struct attribute *attribute = &vocabulary->attributes[i];
                size_t values = 1 + (attribute->kind == VALUE_DATE ? 1 : attribute->value_count), most;
                if (attribute->kind == VALUE_SET)
                        continue;
                uint64_t *barred = bar(ruleset, sieve, i, values, &most);
                if (barred == NULL)
                        return false;
                if (most >= enough)
                        meshes[sieve->mesh_count++] = (struct sieve_mesh){i, sieve->berths[i], barred};
        }
        sieve->meshes = meshes;
        return true;
}

static bool has_mesh(const struct sieve *sieve, uint16_t attribute)
{
        for (size_t i = 0; i < sieve->mesh_count; i++)
                if (sieve->meshes[i].attribute == attribute)
                        return true;
        return false;
}

/* Whether values bar a rule wherever nothing of it can be open. */
static bool is_told(const struct sieve *sieve, const struct rule *rule)
{
        const struct rule_version *version = rule->versions;
        if (rule->version_count != 1 || version->applies_unless.count > 1 ||
            (version->clock == CLOCK_BY_DATE && !has_mesh(sieve, version->by_date)))
                return false;
        for (size_t i = 0; i < version->applies.count; i++)
                if (!has_mesh(sieve, version->applies.terms[i].subject))
                        return false;
        return version->applies_unless.count == 0 || has_mesh(sieve, version->applies_unless.terms[0].subject);
}

/* Makes meshes and finds the rules about the case of which they tell all; *ret_count: as many as there are. */
static bool mesh(struct ruleset *ruleset, struct sieve *sieve, size_t enough, size_t *ret_count)
{
        const uint64_t *of_case = &sieve->kinds[ruleset->vocabulary.item_count * sieve->words];
        uint64_t *told = arena_array(&ruleset->arena, sieve->words, sizeof *told);
        size_t count = 0;
        if (told == NULL || !make_meshes(ruleset, sieve, enough))
                return false;
        for (size_t i = 0; i < ruleset->rule_count; i++) {
                if ((of_case[RULE_WORD(i)] & RULE_BIT(i)) == 0 || !is_told(sieve, &ruleset->rules[i]))
                        continue;
                add(told, i);
                count++;
        }
        sieve->told = told;
        *ret_count = count;
        return true;
}

static bool waits(const struct rule_version *version)
{
        return version->clock == CLOCK_WITHIN && version->trigger == TRIGGER_EVENT;
}

static bool outlasts(const struct rule_version *version)
{
        return version->clock == CLOCK_QUOTA || version->clock == CLOCK_BY_DAY;
}

/* Room for the sets that a rule belongs to. */
struct sorting {
        size_t words, kinds;
        uint64_t *kind, *waiting, *stirred, *outlasting;
        uint64_t stirring;
};

static void sort_rule(struct sorting *sorting, const struct rule *rule, size_t index)
{
        bool enabled = false, all_wait = true;
        for (size_t v = 0; v < rule->version_count; v++) {
                const struct rule_version *version = &rule->versions[v];
                if (!version->enabled)
                        continue;
                enabled = true;
                all_wait = all_wait && waits(version);
                if (waits(version)) {
                        add(&sorting->stirred[version->from.event % TYPE_BITS * sorting->words], index);
                        sorting->stirring |= TYPE_BIT(version->from.event);
                }
                if (outlasts(version))
                        add(sorting->outlasting, index);
        }
        if (enabled)
                add(&sorting->kind[(rule->per == VOCABULARY_NONE ? sorting->kinds : rule->per) * sorting->words],
                    index);
        if (all_wait)
                add(sorting->waiting, index);
}

bool sieve_make(struct ruleset *ruleset, const struct packing *packing, struct sieve *ret_sieve)
{
        size_t kinds = ruleset->vocabulary.item_count, words = ruleset->rule_count / 64 + 1;
        struct arena *arena = &ruleset->arena;
        struct sorting sorting = {.words = words,
                                  .kinds = kinds,
                                  .kind = arena_array(arena, (kinds + 1) * words, sizeof(uint64_t)),
                                  .waiting = arena_array(arena, words, sizeof(uint64_t)),
                                  .stirred = arena_array(arena, TYPE_BITS * words, sizeof(uint64_t)),
                                  .outlasting = arena_array(arena, words, sizeof(uint64_t))};
        if (sorting.kind == NULL || sorting.waiting == NULL || sorting.stirred == NULL || sorting.outlasting == NULL)
                return false;
        for (size_t i = 0; i < ruleset->rule_count; i++)
                sort_rule(&sorting, &ruleset->rules[i], i);
        *ret_sieve = (struct sieve){.words = words,
                                    .berths = packing->berths,
                                    .kinds = sorting.kind,
                                    .waiting = sorting.waiting,
                                    .stirred = sorting.stirred,
                                    .stirring = sorting.stirring,
                                    .outlasting = sorting.outlasting};
        size_t told;
        if (!mesh(ruleset, ret_sieve, 1, &told))
                return false;
        size_t enough = told >= WORTH_ALL * ret_sieve->mesh_count ? 1 : WORTH_A_MESH;
        return mesh(ruleset, ret_sieve, enough, &told);
}

/* A word of the rules that do not wait for an event that has not happened. */
static inline uint64_t stir(const struct sieve *sieve, uint64_t types, size_t word)
{
        uint64_t rules = ~sieve->waiting[word];
        for (types &= sieve->stirring; types != 0; types &= types - 1)
                rules |= sieve->stirred[(size_t)__builtin_ctzll(types) * sieve->words + word];
        return rules;
}

/* A word of the rules that the last value of an attribute bars. If it never had another they have never applied. */
static inline uint64_t barred(const struct sieve *sieve, const struct view *view, bool open_only, size_t word)
{
        const uint64_t *now = view->segments[view->segment_count - 1].words, *seen = view->seen.words;
        uint64_t rules = 0, lasting = open_only ? sieve->outlasting[word] : UINT64_MAX;
        for (size_t i = 0; i < sieve->mesh_count; i++) {
                const struct sieve_mesh *mesh = &sieve->meshes[i];
                uint64_t value = berth_bits(mesh->berth, now);
                uint64_t all = mesh->barred[(size_t)__builtin_ctzll(value) * sieve->words + word];
                rules |= all & ~lasting;
                if ((all & lasting) != 0 && berth_bits(mesh->berth, seen) == value)
                        rules |= all;
        }
        return rules;
}

void sieve_rules(const struct sieve *sieve, const struct view *view, bool open_only, uint64_t *ret_rules)
{
        size_t words = sieve->words, kinds = view->ruleset->vocabulary.item_count;
        const uint64_t *kind = &sieve->kinds[(view->item != NULL ? view->item->kind : kinds) * words];
        for (size_t w = 0; w < words; w++) {
                ret_rules[w] = kind[w] & stir(sieve, view->types, w);
                if (view->item == NULL)
                        ret_rules[w] &= ~barred(sieve, view, open_only, w);
        }
}
