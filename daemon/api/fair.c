/*
 * fair - who is served first, and when enough was served in a turn (fair.h). Arithmetic: no clock, no socket.
 */
#include "fair.h"

#define PATIENT_US 20000
#define SERVED_US 1000
#define STARVED_US 100000

struct fair_turn fair_turn_begin(void)
{
        return (struct fair_turn){.began_us = INT64_MIN};
}

bool fair_is_patient(int64_t taken_us, int64_t now_us)
{
        return now_us - taken_us >= PATIENT_US;
}

bool fair_starves(int64_t usual_us, int64_t now_us)
{
        return now_us - usual_us >= STARVED_US;
}

void fair_serve(struct fair_turn *turn, int64_t now_us)
{
        if (turn->began_us == INT64_MIN)
                turn->began_us = now_us;
}

bool fair_served(struct fair_turn *turn, int64_t now_us, bool patient)
{
        turn->patient = turn->patient || patient;
        return now_us - turn->began_us >= SERVED_US || (turn->patient && !patient);
}
