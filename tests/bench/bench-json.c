/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <json-glib/json-glib.h>

#include "bench-figures.h"

static void
add_number (JsonBuilder *builder,
            const char  *name,
            double       value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_double_value (builder, value);
}

static void
add_rate (JsonBuilder *builder,
          guint        size,
          double       rate)
{
  add_number (builder, "messages_per_second", rate);
  add_number (builder, "mib_per_second", rate * (double) bench_sizes[size] / (1024 * 1024));
}

static void
add_rate_object (JsonBuilder *builder,
                 const char  *name,
                 guint        size,
                 double       rate)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_object (builder);
  add_rate (builder, size, rate);
  json_builder_end_object (builder);
}

static void
add_row (JsonBuilder  *builder,
         BenchFigures *self,
         guint         size)
{
  guint column;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "size");
  json_builder_add_int_value (builder, (gint64) bench_sizes[size]);
  add_rate_object (builder, "aead", size, bench_series_median (self->aead[size]));
  add_rate_object (builder, "limit", size, bench_figures_limit (self, size));
  add_number (builder, "aead_cpu_nanoseconds", bench_series_median (self->aead_cpu[size]));
  add_number (builder, "spp1_to_limit",
              bench_figures_rate (self, BENCH_SPP1, size) / bench_figures_limit (self, size));
  add_number (builder, "spp1_to_limit_by_cpu", bench_figures_cpu_ratio (self, size));
  for (column = 0; column < BENCH_N_COLUMNS; column++)
    {
      BenchCell *cell = &self->cells[column][size];

      if (!bench_figures_has (self, column, size))
        continue;
      json_builder_set_member_name (builder, bench_column_names[column]);
      json_builder_begin_object (builder);
      add_rate (builder, size, bench_series_median (cell->rate));
      if (cell->sender->len > 0)
        {
          add_number (builder, "sender_cpu_nanoseconds", bench_series_median (cell->sender));
          add_number (builder, "receiver_cpu_nanoseconds", bench_series_median (cell->receiver));
        }
      add_number (builder, "echo_median_microseconds", bench_series_median (cell->median) / 1000);
      add_number (builder, "echo_99th_microseconds", bench_series_median (cell->tail) / 1000);
      json_builder_end_object (builder);
    }
  json_builder_end_object (builder);
}

static void
add_goal (JsonBuilder *builder,
          BenchGoal   *goal)
{
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "name");
  json_builder_add_string_value (builder, goal->name);
  add_number (builder, "value", goal->value);
  add_number (builder, goal->at_most ? "at_most" : "at_least", goal->goal);
  json_builder_set_member_name (builder, "met");
  json_builder_add_boolean_value (builder, goal->met);
  json_builder_end_object (builder);
}

/* For each version of SPP. */
static void
add_pair (JsonBuilder *builder,
          const char  *name,
          double       spp1,
          double       spp2)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_object (builder);
  add_number (builder, "spp1", spp1);
  add_number (builder, "spp2", spp2);
  json_builder_end_object (builder);
}

static void
add_columns (JsonBuilder  *builder,
             BenchFigures *self)
{
  guint column;

  json_builder_set_member_name (builder, "columns");
  json_builder_begin_object (builder);
  for (column = 0; column < BENCH_N_COLUMNS; column++)
    {
      json_builder_set_member_name (builder, bench_column_names[column]);
      json_builder_begin_object (builder);
      json_builder_set_member_name (builder, "measured");
      json_builder_add_boolean_value (builder, self->present[column]);
      json_builder_set_member_name (builder, "about");
      json_builder_add_string_value (builder, self->infos[column]);
      json_builder_end_object (builder);
    }
  json_builder_end_object (builder);
}

static JsonNode *
build (BenchFigures *self)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (GPtrArray) goals = bench_figures_get_goals (self);
  guint i;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "rounds");
  json_builder_add_int_value (builder, self->rounds);
  add_number (builder, "load_before", self->load);
  add_columns (builder, self);

  json_builder_set_member_name (builder, "rows");
  json_builder_begin_array (builder);
  for (i = 0; i < BENCH_N_SIZES; i++)
    add_row (builder, self, i);
  json_builder_end_array (builder);

  add_pair (builder, "handshakes_per_second", bench_series_median (self->handshakes[0]),
            bench_series_median (self->handshakes[1]));
  add_pair (builder, "bare_handshakes_per_second",
            bench_series_median (self->bare_handshakes[0]),
            bench_series_median (self->bare_handshakes[1]));
  add_number (builder, "echo_999_microseconds", bench_series_median (self->rekey_tails[0]) / 1000);
  add_number (builder, "echo_999_microseconds_with_rekeys",
              bench_series_median (self->rekey_tails[1]) / 1000);
  json_builder_set_member_name (builder, "idle_sessions");
  json_builder_add_int_value (builder, self->sessions);
  add_pair (builder, "bytes_per_idle_session", self->session_bytes[0], self->session_bytes[1]);
  add_number (builder, "bytes_per_bare_connection", self->connection_bytes);

  json_builder_set_member_name (builder, "goals");
  json_builder_begin_array (builder);
  for (i = 0; i < goals->len; i++)
    add_goal (builder, g_ptr_array_index (goals, i));
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  return json_builder_get_root (builder);
}

gboolean
bench_json_write (BenchFigures *self,
                  const char   *path,
                  GError      **error)
{
  g_autoptr (JsonNode) root = build (self);
  g_autoptr (JsonGenerator) generator = json_generator_new ();

  json_generator_set_root (generator, root);
  json_generator_set_pretty (generator, TRUE);
  return json_generator_to_file (generator, path, error);
}
