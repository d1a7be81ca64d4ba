/*
 * test_packing - attributes side by side in words are what they were apart.
 *
 * Vocabularies, states, conditions and events are drawn at random. A plain model, an array of values and loops over terms
 * and effects as include/mappad/vocabulary.h explains them, says what has to come out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../../daemon/engine/view.h"

#define ATTRIBUTES 24
#define EFFECTS 8
#define FIELDS 4
#define ROUNDS 4000

static uint32_t seed = 20261126;

static uint32_t draw(uint32_t below)
{
        seed = seed * 1664525u + 1013904223u;
        return (seed >> 8) % below;
}

static uint64_t draw_bits(void)
{
        return (uint64_t)draw(1u << 24) << 48 ^ (uint64_t)draw(1u << 24) << 24 ^ draw(1u << 24);
}

/* What a round is about. */
struct world {
        struct ruleset ruleset;
        struct attribute attributes[ATTRIBUTES];
        struct event_type event;
        struct effect effects[EFFECTS];
        struct term terms[EFFECTS];
        struct value fields[FIELDS];
        struct value model[ATTRIBUTES];
        struct state state;
};

/* A value that an attribute can have; of a set several bits. */
static struct value draw_value(const struct attribute *attribute)
{
        if (draw(4) == 0)
                return (struct value){VALUE_UNSET, CIVIL_NONE, NULL};
        if (attribute->kind == VALUE_DATE)
                return (struct value){VALUE_BIT(0), draw(8) == 0 ? 0 : (int32_t)draw(1u << 22) - (1 << 21), NULL};
        if (attribute->kind == VALUE_ENUM)
                return (struct value){VALUE_BIT(draw((uint32_t)attribute->value_count)), CIVIL_NONE, NULL};
        uint64_t bits = draw_bits() & (VALUE_BIT(attribute->value_count) - 1) & VALUE_ANY_SET;
        return (struct value){bits == 0 ? VALUE_UNSET : bits, CIVIL_NONE, NULL};
}

/* What may be written into a rule file as an effect's constant, or carried by an event: of a set also nothing at all. */
static struct value draw_constant(const struct attribute *attribute)
{
        struct value value = draw_value(attribute);

        if (attribute->kind == VALUE_SET && value.bits == VALUE_UNSET)
                value.bits = draw(2) == 0 ? 0 : VALUE_UNSET;
        return value;
}

static void draw_effect(struct world *world, size_t index)
{
        struct effect *effect = &world->effects[index];
        uint16_t attribute = (uint16_t)draw(ATTRIBUTES);
        bool set = world->attributes[attribute].kind == VALUE_SET;

        *effect = (struct effect){.kind = (enum effect_kind)draw(set ? 4 : 2),
                                  .attribute = attribute,
                                  .from_field = VOCABULARY_NONE,
                                  .constant = draw_constant(&world->attributes[attribute])};
        if (effect->kind != EFFECT_CLEAR && draw(3) == 0) {
                effect->from_field = (uint16_t)draw(FIELDS);
                world->fields[effect->from_field] = draw_constant(&world->attributes[attribute]);
        }
        world->terms[index] = (struct term){(uint16_t)draw(FIELDS), draw(2) == 0 ? VALUE_UNSET : VALUE_ANY_SET};
        if (draw(3) == 0)
                effect->when = (struct condition){&world->terms[index], 1};
}

static void draw_world(struct world *world)
{
        memset(world, 0, sizeof *world);
        arena_init(&world->ruleset.arena, malloc, free);
        for (size_t i = 0; i < ATTRIBUTES; i++) {
                struct attribute *attribute = &world->attributes[i];
                attribute->kind = (enum value_kind)draw(3);
                attribute->scope = draw(4) == 0 ? 0 : VOCABULARY_NONE;
                attribute->value_count = attribute->kind == VALUE_DATE ? 0 : 1 + draw(draw(4) == 0 ? VOCABULARY_VALUES_MAX : 6);
        }
        for (size_t i = 0; i < FIELDS; i++)
                world->fields[i] = (struct value){VALUE_UNSET, CIVIL_NONE, NULL};
        for (size_t i = 0; i < EFFECTS; i++)
                draw_effect(world, i);
        /* An event has one value a field, whichever attributes take it: the last that was drawn for it might not fit the first. */
        for (size_t i = 0; i < EFFECTS; i++)
                for (size_t j = i + 1; j < EFFECTS; j++)
                        if (world->effects[i].from_field == world->effects[j].from_field)
                                world->effects[i].from_field = VOCABULARY_NONE;
        world->event = (struct event_type){.item_use = ITEM_USE_NAMES, .effects = world->effects, .effect_count = draw(EFFECTS + 1)};
        world->ruleset.vocabulary = (struct vocabulary){.attributes = world->attributes,
                                                        .attribute_count = ATTRIBUTES,
                                                        .item_count = 1,
                                                        .events = &world->event,
                                                        .event_count = 1};
        assert_int_equal(ruleset_prepare(&world->ruleset), STATUS_OK);
        assert_true(state_new(&world->ruleset.arena, world->ruleset.plan, &world->state));
        state_clear(world->ruleset.plan, world->state);
        for (uint16_t i = 0; i < ATTRIBUTES; i++) {
                world->model[i] = draw_value(&world->attributes[i]);
                state_put(world->state, i, world->model[i].bits, world->model[i].day);
        }
}

static void assert_same(const struct world *world)
{
        for (uint16_t i = 0; i < ATTRIBUTES; i++) {
                assert_int_equal(state_bits(world->state, i), world->model[i].bits);
                assert_int_equal(state_day(world->state, i), world->model[i].day);
        }
}

static struct condition draw_condition(const struct world *world, struct term *terms)
{
        size_t count = draw(4);

        for (size_t i = 0; i < count; i++) {
                uint16_t subject = (uint16_t)draw(ATTRIBUTES);
                uint64_t mask = draw(2) == 0 ? draw_bits() : world->model[subject].bits | draw(4);
                terms[i] = (struct term){subject, draw(6) == 0 ? VALUE_ANY_SET : mask};
        }
        return (struct condition){terms, count};
}

static bool model_holds(const struct world *world, struct condition condition)
{
        for (size_t i = 0; i < condition.count; i++)
                if ((world->model[condition.terms[i].subject].bits & condition.terms[i].mask) == 0)
                        return false;
        return true;
}

static void what_is_put_into_a_state_is_found_in_it_and_a_guard_holds_where_its_conditions_do(void **state)
{
        size_t held = 0, failed = 0;
        (void)state;
        for (int round = 0; round < ROUNDS; round++) {
                struct world world;
                draw_world(&world);
                assert_same(&world);
                for (int i = 0; i < 20; i++) {
                        struct term terms[4], others[4];
                        struct condition condition = draw_condition(&world, terms), unless = draw_condition(&world, others);
                        struct guard guard;
                        bool fits = model_holds(&world, condition) && (unless.count == 0 || !model_holds(&world, unless));
                        assert_true(guard_make(&world.ruleset.plan->packing, condition, unless, &world.ruleset.arena, &guard));
                        assert_int_equal(state_fits(condition, unless, world.state), fits);
                        assert_int_equal(guard_holds(&guard, world.state.words), fits);
                        *(fits ? &held : &failed) += 1;
                }
                arena_fini(&world.ruleset.arena);
        }
        assert_true(held > ROUNDS && failed > ROUNDS);
}

/* What an effect does, one value at a time. */
static void model_apply(struct world *world, const struct effect *effect)
{
        struct value *mine = &world->model[effect->attribute];
        struct value value = effect->from_field != VOCABULARY_NONE ? world->fields[effect->from_field] : effect->constant;
        uint64_t values = value.bits & VALUE_ANY_SET;

        if (effect->from_field != VOCABULARY_NONE && value.bits == VALUE_UNSET)
                return;
        if (effect->kind == EFFECT_CLEAR)
                *mine = (struct value){VALUE_UNSET, CIVIL_NONE, NULL};
        else if (effect->kind == EFFECT_SET)
                *mine = value;
        else if (effect->kind == EFFECT_ADD)
                mine->bits = values == 0 ? mine->bits : (mine->bits | values) & VALUE_ANY_SET;
        else
                mine->bits &= ~values;
        if (mine->bits == 0)
                mine->bits = VALUE_UNSET;
}

static void an_event_changes_a_state_as_its_effects_do_one_after_another(void **state)
{
        (void)state;
        for (int round = 0; round < ROUNDS; round++) {
                struct world world;
                draw_world(&world);
                bool of_item = draw(2) == 0;
                struct item item = {.key = "A", .kind = 0, .begins = 10};
                struct fact fact = {.on = 10, .item = of_item ? "A" : "B", .fields = world.fields};
                for (int again = 0; again < 3; again++) {
                        for (size_t i = 0; i < world.event.effect_count; i++) {
                                const struct effect *effect = &world.effects[i];
                                if ((world.attributes[effect->attribute].scope == VOCABULARY_NONE || of_item) &&
                                    condition_holds(effect->when, world.fields))
                                        model_apply(&world, effect);
                        }
                        state_apply(world.state, &world.ruleset, &fact, &item);
                        assert_same(&world);
                        for (uint16_t i = 0; i < ATTRIBUTES; i++) {
                                world.model[i] = draw_value(&world.attributes[i]);
                                state_put(world.state, i, world.model[i].bits, world.model[i].day);
                        }
                }
                arena_fini(&world.ruleset.arena);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_put_into_a_state_is_found_in_it_and_a_guard_holds_where_its_conditions_do),
                cmocka_unit_test(an_event_changes_a_state_as_its_effects_do_one_after_another),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
