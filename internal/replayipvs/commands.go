// SPDX-License-Identifier: Apache-2.0

package replayipvs

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// command is a change that was asked of the kernel.
type command struct {
	name    string // "NEW_DEST"
	service string // "tcp [10.9.0.1]:80", "fwmark 5 af2"
	dest    string // "[127.0.0.11]:80"; "" is none
	text    string // without the options of a service, which the table shows
}

var commandLine = regexp.MustCompile(`^([A-Z]+_(?:SERVICE|DEST)) (\w+ \[\S+\]:\d+|fwmark \d+ af\d+)(?: dest (\S+)( fwd \d+ weight -?\d+)?)?`)

// commandsOf reads commands, and leaves those out that have no effect: to make what is there,
// to delete what is not. Others than of services and servers are left out, too.
func commandsOf(lines []string) []command {
	var out []command
	there := map[string]bool{}
	for _, line := range lines {
		m := commandLine.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		c := command{name: m[1], service: m[2], dest: m[3], text: m[0]}
		key := c.service + " " + c.dest
		verb, _, _ := strings.Cut(c.name, "_")
		if there[key] == (verb == "NEW") {
			continue
		}
		there[key] = verb != "DEL"
		if c.dest == "" && verb == "DEL" { // its servers leave with it
			for k := range there {
				if strings.HasPrefix(k, key) {
					there[k] = false
				}
			}
		}
		out = append(out, c)
	}
	return out
}

// Orders gives the commands in which order matters: for each server those about it and about
// its service, each with the server's name before it. Which of two servers comes first is a
// matter of their checks. A server that leaves right before its service leaves with it.
func Orders(lines []string) []string {
	list := commandsOf(lines)
	var subjects []command
	for _, c := range list {
		if c.dest != "" && !slices.ContainsFunc(subjects, func(s command) bool { return s.service == c.service && s.dest == c.dest }) {
			subjects = append(subjects, c)
		}
	}
	var out []string
	for _, s := range subjects {
		first := len(out)
		for _, c := range list {
			if c.service != s.service || c.dest != "" && c.dest != s.dest {
				continue
			}
			if last := len(out) - 1; c.name == "DEL_SERVICE" && last >= first && strings.Contains(out[last], " > DEL_DEST ") {
				out = out[:last]
			}
			out = append(out, fmt.Sprintf("%s %s > %s", s.service, s.dest, c.text))
		}
	}
	return out
}

// sorryServer is the form of the recordings' sorry servers.
var sorryServer = regexp.MustCompile(`^\[(127\.0\.0\.9[89]|fd00::9[89])\]:`)

// Gaps lists the commands that leave a service that uses a sorry server without any server,
// and that are not its last.
func Gaps(lines []string) []string {
	var out []string
	list := commandsOf(lines)
	servers, sorry := map[string]int{}, map[string]bool{}
	for i, c := range list {
		sorry[c.service] = sorry[c.service] || sorryServer.MatchString(c.dest)
		switch c.name {
		case "NEW_DEST":
			servers[c.service]++
		case "DEL_DEST":
			servers[c.service]--
		case "NEW_SERVICE", "DEL_SERVICE":
			servers[c.service] = 0
		}
		again := slices.ContainsFunc(list[i+1:], func(o command) bool { return o.service == c.service && o.name == "NEW_DEST" })
		if c.name == "DEL_DEST" && servers[c.service] == 0 && sorry[c.service] && again {
			out = append(out, "gap: "+c.text)
		}
	}
	return out
}

// serverOf is the server that a line of Orders is for.
func serverOf(line string) string {
	server, _, _ := strings.Cut(line, " > ")
	return server
}
