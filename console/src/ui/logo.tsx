export function Logo() {
  return (
    <svg
      viewBox="0 0 20 20"
      width="20"
      height="20"
      fill="none"
      stroke="currentColor"
      stroke-width="1.6"
      aria-hidden="true"
    >
      <path d="M3 18V8.5L10 3l7 5.5V18" />
      <path d="M7.5 18v-5a2.5 2.5 0 0 1 5 0v5" />
    </svg>
  );
}
