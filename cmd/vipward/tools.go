// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"vipward/conf"
)

// tool is a subcommand. Its name counts only as the first word of the command line:
// everywhere else the command line is keepalived's.
type tool struct {
	name  string // two words where the first names a group
	usage string // of its arguments
	doc   string
	run   func(c *toolCall) int
}

// tools gives all subcommands.
func tools() []tool {
	return []tool{
		{"check", "[FILE...] [--format text|json|sarif] [--strict] [--host] [--config-id ID]", "Say what is wrong or doubtful in a configuration", (*toolCall).check},
		{"plan", "[[OLD] NEW] [--format text|json] [--config-id ID] [--control SOCKET]", "Say what a reload would change", (*toolCall).plan},
		{"fmt", "[-w|-d] [FILE...]", "Lay out configuration files in the canonical way", (*toolCall).format},
		{"config dump", "[--format json|text] [--config-id ID] FILE", "Print a configuration as understood, no secrets", (*toolCall).configDump},
		{"status", "[--watch] [--json] [--names] [--width N] [--control SOCKET]", "Show what the running daemon does", (*toolCall).status},
		{"explain", "[NAME|ADDRESS|ADDRESS:PORT] [--control SOCKET]", "Say why an instance or a server is as it is", (*toolCall).explain},
		{"events", "[--once] [--json] [--since N] [--control SOCKET]", "Show what happened and what happens", (*toolCall).events},
		{"reload", "[--control SOCKET]", "Read the configuration again, tell the outcome", (*toolCall).reload},
		{"failover", "INSTANCE|GROUP [--force] [--control SOCKET]", "Hand the mastership to a router that is ready", (*toolCall).failover},
		{"maintenance", "INSTANCE|GROUP|ADDRESS:PORT on|off [--service NAME] [--control SOCKET]", "Rest, or take a real server out of service", (*toolCall).maintenance},
		{"drain", "ADDRESS:PORT [--service NAME] [--control SOCKET]", "Give a real server no new connections", (*toolCall).drain},
		{"undrain", "ADDRESS:PORT [--service NAME] [--control SOCKET]", "Treat a real server as it is configured again", (*toolCall).undrain},
		{"weight", "ADDRESS:PORT WEIGHT [--service NAME] [--control SOCKET]", "Give a real server another weight", (*toolCall).weight},
		{"pause", "[ADDRESS:PORT] [--service NAME] [--control SOCKET]", "Stop checks; their verdicts stay", (*toolCall).pause},
		{"resume", "[ADDRESS:PORT] [--service NAME] [--control SOCKET]", "Let paused checks go on", (*toolCall).resume},
		{"doctor", "[FILE] [--json] [--config-id ID] [--control SOCKET]", "Say whether this machine is ready", (*toolCall).doctor},
		{"completion", "bash|zsh|fish", "Print a completion script for a shell", (*toolCall).completion},
	}
}

// toolCall is one call of a tool.
type toolCall struct {
	tool    tool
	flags   *flag.FlagSet
	args    []string // behind the name; without options once they are parsed
	reading conf.Options
	stdin   io.Reader
	stdout  io.Writer
	stderr  io.Writer
}

// toolOf finds the tool that a command line names.
func toolOf(args []string) (tool, []string, bool) {
	for _, t := range tools() {
		words := strings.Fields(t.name)
		if len(args) > len(words) && slices.Equal(args[1:1+len(words)], words) {
			return t, args[1+len(words):], true
		}
	}
	return tool{}, nil, false
}

// strayWord is a first word that names no tool, and what to say of it. keepalived passes
// over words, but has no tools: a misspelt one must not start a daemon. By keepalived's
// name the program does as keepalived.
func strayWord(args []string) (text string, ok bool) {
	if len(args) < 2 || args[1] == "" || args[1][0] == '-' || identityOf(args[0]).name == identityOf("keepalived").name {
		return "", false
	}
	var names []string
	for _, t := range tools() {
		names = append(names, t.name)
	}
	text = fmt.Sprintf("vipward: unknown command %q", args[1])
	if name, ok := conf.Nearest(args[1], names); ok {
		text += fmt.Sprintf("; did you mean %s?", name)
	}
	return text + " (vipward -h lists commands and options)", true
}

// newToolCall prepares a call.
func newToolCall(t tool, args []string, stdin io.Reader, stdout, stderr io.Writer) *toolCall {
	c := &toolCall{tool: t, args: args, stdin: stdin, stdout: stdout, stderr: stderr}
	c.flags = flag.NewFlagSet(t.name, flag.ContinueOnError)
	c.flags.SetOutput(stderr)
	c.flags.Usage = func() { c.help(c.flags.Output()) }
	return c
}

// help explains the tool: to who asks for it, or on standard error to who uses it wrongly.
func (c *toolCall) help(w io.Writer) {
	fmt.Fprintf(w, "Usage: vipward %s %s\n%s.\n", c.tool.name, c.tool.usage, c.tool.doc)
	c.flags.VisitAll(func(f *flag.Flag) {
		fmt.Fprintf(w, "  %-12s %s\n", dashed([]string{f.Name}), f.Usage)
	})
}

// parse takes the options out of the arguments, wherever they stand, and wants between
// least and most words. The code is only of use when it says false.
func (c *toolCall) parse(least, most int) (code int, ok bool) {
	var words []string
	if asked := slices.IndexFunc(c.args, wantsHelp); asked >= 0 && !slices.Contains(c.args[:asked], "--") {
		c.flags.SetOutput(c.stdout)
	}
	for rest := c.args; ; {
		err := c.flags.Parse(rest)
		switch {
		case errors.Is(err, flag.ErrHelp):
			return exitOK, false
		case err != nil:
			return exitFatal, false // flag has said why
		}
		left := c.flags.Args()
		if len(left) == 0 {
			break
		}
		if n := len(rest) - len(left); n > 0 && rest[n-1] == "--" {
			words = append(words, left...)
			break
		}
		words, rest = append(words, left[0]), left[1:]
	}
	if c.args = words; len(words) < least || most >= 0 && len(words) > most {
		c.flags.Usage()
		return exitFatal, false
	}
	return exitOK, true
}

func wantsHelp(arg string) bool { return arg == "-h" || arg == "-help" || arg == "--help" }

// reads makes the options that files are read with.
func (c *toolCall) reads() {
	c.flags.StringVar(&c.reading.ConfigID, "config-id", "", "what @ lines are compared with (default: the host's name up to the first dot)")
}

// oneOf makes an option that takes one of some words, the first by default.
func (c *toolCall) oneOf(name, doc string, words ...string) *string {
	value := words[0]
	c.flags.Func(name, fmt.Sprintf("%s: %s (default %s)", doc, strings.Join(words, ", "), words[0]), func(s string) error {
		if !slices.Contains(words, s) {
			return fmt.Errorf("not one of %s", strings.Join(words, ", "))
		}
		value = s
		return nil
	})
	return &value
}

// fail reports an error and gives its exit code.
func (c *toolCall) fail(err error) int {
	fmt.Fprintf(c.stderr, "vipward %s: %v\n", c.tool.name, err)
	return exitFatal
}

// written gives the exit code of a report: 0 unless it could not be written.
func (c *toolCall) written(err error) int {
	if err != nil {
		return c.fail(err)
	}
	return exitOK
}
