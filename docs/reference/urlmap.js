// SPDX-FileCopyrightText: The SPP Chat authors
// SPDX-License-Identifier: GPL-3.0-or-later

// Where links to other libraries lead.
baseURLs = [
  ['GLib', 'https://docs.gtk.org/glib/'],
  ['GObject', 'https://docs.gtk.org/gobject/'],
  ['Gio', 'https://docs.gtk.org/gio/'],
]
