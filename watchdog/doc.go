// SPDX-License-Identifier: Apache-2.0

// Package watchdog is the parent process: it starts the children, hands them their
// configuration, restarts them when they die, and stops them in order.
//
// # Processes
//
// Go cannot fork, so the parent executes /proc/self/exe again, with the role as argv[0].
// A child finds four descriptors, always in this order:
//
//	3  configuration snapshot  sealed memfd: all processes see the same bytes
//	4  control socket          SOCK_SEQPACKET, one JSON message a packet, bulk data as a sealed memfd
//	5  state                   memfd that outlives the child: what it saves, its successor loads
//	6  life pipe               end of file says that the parent is gone
//
// PR_SET_PDEATHSIG is not used: it is bound to the thread that forked, and Go retires threads.
//
// # Phases
//
//	starting ──all children ready──▶ running ──HUP──▶ reloading ──all answered──▶ running
//	    └───────────────┴── TERM, INT or a permanent error ──▶ stopping ──▶ end
//
// One goroutine owns all of it. A reload that comes while starting or reloading is queued;
// one is enough, since it reads the newest files. Files with a fatal error change nothing.
package watchdog
