// SPDX-License-Identifier: Apache-2.0

package watchdog

// Role names a child process.
type Role string

// The roles.
const (
	VRRP    Role = "vrrp"
	Checker Role = "checker"
)

// argvPrefix opens argv[0] of a child, which ps shows.
const argvPrefix = "vipward: "

// Argv0 is the argv[0] of a child in this role.
func (r Role) Argv0() string { return argvPrefix + string(r) }

// Label is the role's name in log lines, as keepalived writes it.
func (r Role) Label() string {
	if r == VRRP {
		return "VRRP"
	}
	return "Healthcheck"
}

// RoleOf says which child, if any, a process with this argv[0] is meant to be.
func RoleOf(argv0 string) (Role, bool) {
	for _, r := range []Role{VRRP, Checker} {
		if argv0 == r.Argv0() {
			return r, true
		}
	}
	return "", false
}
