// SPDX-License-Identifier: Apache-2.0

package main

import "strings"

// The syslog facilities that can be chosen (RFC 3164 section 4.1.1).
const (
	facilityUser   = 1
	facilityDaemon = 3
	facilityLocal0 = 16
)

// parseFacility reads the argument of -S: 0-7 and localN are the local ones.
func parseFacility(s string) (int, bool) {
	switch s {
	case "user":
		return facilityUser, true
	case "daemon":
		return facilityDaemon, true
	}
	digit := strings.TrimPrefix(s, "local")
	if len(digit) != 1 || digit[0] < '0' || digit[0] > '7' {
		return 0, false
	}
	return facilityLocal0 + int(digit[0]-'0'), true
}
