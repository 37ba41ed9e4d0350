// SPDX-License-Identifier: Apache-2.0

// Package election is the election of virtual routers (VRRPv2, RFC 3768; VRRPv3, RFC 9568)
// as keepalived does it.
//
// It is pure. A Machine takes events and the time, and answers with actions: it reads no
// clock and does no I/O, so the same events at the same times always give the same actions.
//
// The states and every way between them:
//
//	INIT   -> BACKUP  Start, or the first result of a tracked script
//	INIT   -> MASTER  the same for an address owner; or a resumed master
//	INIT   -> FAULT   the same with a reason for a fault
//	INIT   -> STOP    Stop
//	INIT   -> DELETED Delete
//	BACKUP -> MASTER  no advert for the master-down time
//	BACKUP -> FAULT   a reason for a fault
//	BACKUP -> STOP    Stop
//	BACKUP -> DELETED Delete
//	MASTER -> BACKUP  advert of a better router; or Lost, which says priority 0; or too long a sleep
//	MASTER -> FAULT   a reason for a fault; says priority 0 twice
//	MASTER -> STOP    Stop; says priority 0
//	MASTER -> DELETED Delete; says priority 0
//	FAULT  -> BACKUP  the last reason is gone
//	FAULT  -> STOP    Stop
//	FAULT  -> DELETED Delete
//
// A sync group (Group) stands around the machines of its members: a backup's timer then only
// says that it wants to be master, and a reason for a fault of one member is one of all.
//
// A backup counts a master as dead after DownTimerAdverts intervals and a skew that is
// shorter the better its own priority is, so that the best one is first. A master that
// leaves in order says priority 0, and the backups wait for their skew only.
package election
