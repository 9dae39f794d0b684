// The widget door takes its style sheet as text; the lab extension loads the same file through style/index.css.
declare module '*.css' {
  const text: string;
  export default text;
}
