{{- define "weir.fullname" -}}
{{- $name := .Release.Name -}}
{{- if not (contains .Chart.Name $name) }}{{ $name = printf "%s-%s" $name .Chart.Name }}{{ end -}}
{{- /* A pod's name is a node's name, of up to 64 characters, and a label's value, of up to 63. */ -}}
{{- $name | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{- define "weir.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "weir.labels" -}}
{{ include "weir.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "weir.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "weir.authSecret" -}}
{{ .Values.auth.existingSecret | default (printf "%s-auth" (include "weir.fullname" .)) }}
{{- end }}

{{- define "weir.scheme" -}}
{{ if .Values.tls.existingSecret }}tls+tcp{{ else }}tcp{{ end }}
{{- end }}

{{- /* A pod, by the name that it has in the cluster. Arguments: root, the pod's name. */ -}}
{{- define "weir.podHost" -}}
{{ index . 1 }}.{{ include "weir.fullname" (index . 0) }}-nodes.{{ (index . 0).Release.Namespace }}.svc
{{- end }}

{{- /* Of several coordinators each: who asks has to know which one leads. */ -}}
{{- define "weir.controlURL" -}}
{{- $root := . }}{{- $name := printf "%s-coordinator" (include "weir.fullname" .) -}}
{{- if eq (int .Values.coordinator.replicas) 1 -}}
{{ include "weir.scheme" . }}://{{ $name }}.{{ .Release.Namespace }}.svc:7700
{{- else -}}
{{- range $number := until (int .Values.coordinator.replicas) }}
{{- if $number }},{{ end }}{{ include "weir.scheme" $root }}://{{ include "weir.podHost" (list $root (printf "%s-%d" $name $number)) }}:7700
{{- end }}
{{- end -}}
{{- end }}
