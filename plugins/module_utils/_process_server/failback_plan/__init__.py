# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to prepare so that failed-over machines can come home: read once, decided without requests. Private to this collection."""

from __future__ import annotations
