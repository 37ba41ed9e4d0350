// SPDX-License-Identifier: Apache-2.0

package lab

import "strings"

// Section finds a part of a document: from its heading ("## Tables") to the next one of the
// same rank; without a heading it is what stands before the first "## ". Before and after are
// the rest.
func Section(doc, heading string) (before, section, after string) {
	start := 0
	if heading != "" {
		start = strings.Index(doc, heading+"\n")
		if start < 0 {
			return strings.TrimRight(doc, "\n") + "\n\n", "", ""
		}
	}
	end := strings.Index(doc[start+len(heading):], "\n## ")
	if end < 0 {
		return doc[:start], doc[start:], ""
	}
	end += start + len(heading) + 1
	return doc[:start], doc[start:end], doc[end:]
}
