// SPDX-License-Identifier: Apache-2.0

package oracle

import "regexp"

// machine are keepalived's messages about the machine: interfaces, users, scripts, files.
var machine = regexp.MustCompile(`SECURITY VIOLATION|[sS]et(ting)? (global script )?uid/gid|[sS]et default user|` +
	`interface .* doesn't exist|Non-existent interface|unknown interface .* specified for|Invalid (startup|shutdown) script|` +
	`^cp: |[sS]cript .*(not found or|not accessible|not executable)|[uU]nable to access script|[dD]isabling .*script|No such file`)

// silent are lines that complain of nothing.
var silent = regexp.MustCompile(`^$|^(Configuration file|Opening file|Starting |Stopped|Command line|Running on|Startup complete)`)

// classify says of what keepalived complains.
func classify(lines []string) Class {
	class := Clean
	for _, l := range lines {
		switch {
		case silent.MatchString(l):
		case !machine.MatchString(l):
			return Text
		default:
			class = Environment
		}
	}
	return class
}
