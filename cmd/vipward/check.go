// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
	"strings"

	"vipward/conf"
)

// check is `vipward check`: all diagnostics and lints of some files, which are compared
// with each other as the routers of one group. It exits with 2 when there is an error,
// with --strict also when there is a warning.
func (c *toolCall) check() int {
	format := c.oneOf("format", "form of the report", "text", "json", "sarif")
	strict := c.flags.Bool("strict", false, "a warning is a failure too")
	host := c.flags.Bool("host", false, "compare with this machine: interfaces, users, scripts")
	c.reads()
	if code, ok := c.parse(0, -1); !ok {
		return code
	}
	diags := c.checkFiles(c.filesOr(defaultConfig), *host)
	if code := c.written(c.report(*format, diags)); code != exitOK {
		return code
	}
	limit := conf.Error
	if *strict {
		limit = conf.Warning
	}
	if slices.ContainsFunc(diags, func(d conf.Diagnostic) bool { return d.Severity >= limit }) {
		return exitConfig
	}
	return exitOK
}

// filesOr gives the files that were named, or the one that is meant otherwise.
func (c *toolCall) filesOr(def string) []string {
	if len(c.args) == 0 {
		return []string{def}
	}
	return c.args
}

// checkFiles gives all that there is to say of some files, file by file.
func (c *toolCall) checkFiles(files []string, host bool) []conf.Diagnostic {
	var loaded []*conf.Loaded
	for _, f := range files {
		l := c.reading.Load(f)
		if host {
			l.CheckHost(conf.System{})
		}
		l.CheckRunnable()
		l.Lint()
		for _, other := range loaded {
			l.LintWith(other)
		}
		loaded = append(loaded, l)
	}
	var out []conf.Diagnostic
	for _, l := range loaded {
		out = append(out, l.Diagnostics...)
	}
	return out
}

// report writes diagnostics in one of the forms.
func (c *toolCall) report(format string, diags []conf.Diagnostic) error {
	switch format {
	case "json":
		return conf.PrintJSON(c.stdout, diags)
	case "sarif":
		return conf.PrintSARIF(c.stdout, versionName(), diags)
	}
	conf.Print(c.stdout, diags)
	_, err := fmt.Fprintln(c.stdout, summary(diags))
	return err
}

// summary counts diagnostics by severity, the worst first.
func summary(diags []conf.Diagnostic) string {
	counts := map[conf.Severity]int{}
	for _, d := range diags {
		counts[d.Severity]++
	}
	var parts []string
	for _, s := range []conf.Severity{conf.Fatal, conf.Error, conf.Warning, conf.Note} {
		if n := counts[s]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s: %d", s, n))
		}
	}
	if len(parts) == 0 {
		return "nothing to say"
	}
	return strings.Join(parts, ", ")
}
