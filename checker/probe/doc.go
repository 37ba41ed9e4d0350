// SPDX-License-Identifier: Apache-2.0

// Package probe makes single runs of health checks. A Probe asks a real server once and says
// what it found; when it runs again and what that means is decided elsewhere.
//
// Every probe takes the server for hostile: what it reads is bounded in bytes and in time.
package probe
